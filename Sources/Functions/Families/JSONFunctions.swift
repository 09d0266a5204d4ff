// Texts of JSON to values and back.

import Columns
import Formats
import SQLParser
import SchemaText

enum JSONFunctions {
    static let all: [FunctionDefinition] = [
        FunctionDefinition(
            "from_json", .json, "from_json(text, schema [, options])",
            "the value that a text of JSON is; the schema is `a INT, b STRING`, or a type", 2...3,
            traits: .mayRaise, values: [1, 2], columnText: { "from_json(\($0.first ?? ""))" },
            shape: fromJSON),
        FunctionDefinition(
            "to_json", .json, "to_json(value [, options])", "a structure, an array or a map as JSON", 1...2,
            traits: [], values: [1], columnText: { "to_json(\($0.first ?? ""))" }, shape: toJSON),
        FunctionDefinition(
            "schema_of_json", .json, "schema_of_json(text [, options])", "the schema of a constant text of JSON",
            1...2, traits: [], values: [0, 1], columnText: { "schema_of_json(\($0.first ?? ""))" },
            shape: schemaOfJSON),
        FunctionDefinition(
            "get_json_object", .json, "get_json_object(text, path)",
            "what a path such as `$.a[0]` finds in a text of JSON", [.string, .string], gives: .string,
            traits: .isNullIntolerant, values: [1],
            .prepared { (constants) throws(FunctionError) in
                guard case .string(let path)? = constants[1] else {
                    return .binary { (texts, paths) throws(KernelError) in
                        try JSONKernels.find(texts, paths: paths)
                    }
                }
                let steps = JSONPath(path)
                return .binary { (texts, _) throws(KernelError) in try JSONKernels.find(texts, steps) }
            }),
        FunctionDefinition(
            "json_array_length", .json, "json_array_length(text)",
            "how many elements a JSON array has; NULL for what is none", 1...1
        ) { (call) throws(FunctionError) in
            guard [.string, .null].contains(call.type(0)) else { throw call.unexpected(0, "STRING") }
            return .kernel([.string], .integer, isNullable: true, .unary { JSONKernels.arrayLength($0) })
        },
        FunctionDefinition(
            "json_object_keys", .json, "json_object_keys(text)",
            "the names in a JSON object; NULL for what is none", [.string],
            gives: .array(.string, containsNull: true), .unary { JSONKernels.objectKeys($0) }),
    ]

    // MARK: from_json

    private static func fromJSON(_ call: FunctionCall) throws(FunctionError) -> FunctionShape {
        guard TypeCoercion.castsImplicitly(call.type(0), to: .string), call.type(0).isAtomic || call.type(0) == .null
        else { throw call.unexpected(0, "STRING") }
        let type = try schema(call)
        var options = JSONReadOptions()
        options.zone = call.zone
        try FormatArguments.set(&options, call, 2)
        guard options.mode != .dropMalformed else {
            throw FunctionError(
                "PARSE_MODE_UNSUPPORTED", "the function from_json doesn't support the DROPMALFORMED mode",
                hint: "acceptable modes are PERMISSIVE and FAILFAST")
        }
        do throws(KernelError) {
            if case .structure(let fields) = type {
                try JSONSchemaRules.check(fields, corruptRecordColumn: options.corruptRecordColumn)
            } else {
                try JSONSchemaRules.check([Field("value", type)], corruptRecordColumn: "")
            }
        } catch {
            throw FunctionError(error)
        }
        let reading = options
        return .kernel(
            [.string] + call.arguments.dropFirst().map(\.type), type, isNullable: true, zone: call.zone,
            .variadic { (columns) throws(KernelError) in try JSONKernels.read(columns[0], type, reading) })
    }

    private static func schema(_ call: FunctionCall) throws(FunctionError) -> DataType {
        let type = try FormatArguments.schema(call, example: "schema_of_json")
        switch type {
        case .structure, .array, .map, .variant: return type.nullable
        default:
            throw FunctionError(
                "DATATYPE_MISMATCH.INVALID_JSON_SCHEMA",
                "a schema of JSON is a STRUCT, an ARRAY or a MAP, found \(type)")
        }
    }

    // MARK: to_json

    private static func toJSON(_ call: FunctionCall) throws(FunctionError) -> FunctionShape {
        switch call.type(0) {
        case .structure, .array, .map, .variant: break
        case .null: return .rewrite(.cast(.argument(0), .string))
        default:
            throw FunctionError(
                "DATATYPE_MISMATCH.INVALID_JSON_SCHEMA",
                "to_json takes a STRUCT, an ARRAY or a MAP, found \(call.type(0))",
                hint: "put the value into a structure: struct(value)")
        }
        var options = JSONWriteOptions()
        options.zone = call.zone
        try FormatArguments.set(&options, call, 1)
        let writing = options
        return .kernel(
            call.arguments.map(\.type), .string, isNullable: call.arguments[0].isNullable, zone: call.zone,
            .variadic { (columns) throws(KernelError) in
                let texts = try JSONWriter.texts(columns[0], options: writing)
                return writing.isIndented ? try JSONIndentation.indented(texts) : texts
            })
    }

    // MARK: schema_of_json

    private static func schemaOfJSON(_ call: FunctionCall) throws(FunctionError) -> FunctionShape {
        if call.arguments[0].constant == .null || call.type(0) == .null {
            throw FunctionError("DATATYPE_MISMATCH.UNEXPECTED_NULL", "the text of schema_of_json must not be NULL")
        }
        guard case .string(let text)? = call.arguments[0].constant else {
            throw FunctionError(
                "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT", "the text of schema_of_json must be a constant",
                hint: "give an example of the texts as a constant")
        }
        var reading = JSONReadOptions()
        var inference = JSONInferenceOptions()
        try FormatArguments.set(&reading, &inference, call, 1)
        let column = ValueColumns.column(of: [.string(text)], type: .string)
        do throws(KernelError) {
            var inferred = try JSONInference(inference, reading: reading)
            if let type = inferred.type(of: column.run(0)) {
                return .rewrite(.literal(.string(SchemaText.text(type)), .string))
            }
        } catch {
            throw FunctionError(error)
        }
        throw FunctionError("MALFORMED_RECORD_IN_PARSING", "the text of schema_of_json is no JSON: \(text)")
    }
}
