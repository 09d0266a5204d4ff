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
            traits: [.mayRaise, .usesZone], values: [1, 2], columnText: { "from_json(\($0.first ?? ""))" },
            shape: fromJSON),
        FunctionDefinition(
            "to_json", .json, "to_json(value [, options])", "a structure, an array or a map as JSON", 1...2,
            traits: .usesZone, values: [1], columnText: { "to_json(\($0.first ?? ""))" }, shape: toJSON),
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
            "how many elements a JSON array has; NULL for what is none", [.string], gives: .integer,
            .unary { JSONKernels.arrayLength($0) }),
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
        for (name, value) in try self.options(call, 2) {
            try set(name, value, JSONReadOptions.names) { (text) throws(FormatOptionError) in
                try options.set(name, text)
            }
        }
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
            [.string] + call.arguments.dropFirst().map(\.type), type, isNullable: true,
            .variadic { (columns) throws(KernelError) in try JSONKernels.read(columns[0], type, reading) })
    }

    private static func schema(_ call: FunctionCall) throws(FunctionError) -> DataType {
        guard case .string(let text)? = call.arguments[1].constant else {
            throw FunctionError(
                "INVALID_SCHEMA.NON_STRING_LITERAL", "the schema of \(call.name) must be a constant text",
                hint: "write it as 'a INT, b STRING', or use schema_of_json of a constant")
        }
        let type: DataType
        do throws(SQLDiagnostic) {
            type = try SchemaText.typeOrColumns(text)
        } catch {
            throw FunctionError(error.code, "the schema of \(call.name):\n" + error.picture(in: text), hint: error.hint)
        }
        switch type {
        case .structure, .array, .map: return nullable(type)
        default:
            throw FunctionError(
                "DATATYPE_MISMATCH.INVALID_JSON_SCHEMA",
                "a schema of JSON is a STRUCT, an ARRAY or a MAP, found \(type)")
        }
    }

    /// Whatever the schema says: a text may lack anything.
    private static func nullable(_ type: DataType) -> DataType {
        switch type {
        case .array(let element, _): .array(nullable(element), containsNull: true)
        case .map(let key, let value, _): .map(key: key, value: nullable(value), valueContainsNull: true)
        case .structure(let fields): .structure(fields.map { Field($0.name, nullable($0.type)) })
        default: type
        }
    }

    // MARK: to_json

    private static func toJSON(_ call: FunctionCall) throws(FunctionError) -> FunctionShape {
        switch call.type(0) {
        case .structure, .array, .map: break
        case .null: return .rewrite(.cast(.argument(0), .string))
        default:
            throw FunctionError(
                "DATATYPE_MISMATCH.INVALID_JSON_SCHEMA",
                "to_json takes a STRUCT, an ARRAY or a MAP, found \(call.type(0))",
                hint: "put the value into a structure: struct(value)")
        }
        var options = JSONWriteOptions()
        options.zone = call.zone
        for (name, value) in try self.options(call, 1) {
            try set(name, value, JSONWriteOptions.names) { (text) throws(FormatOptionError) in
                try options.set(name, text)
            }
        }
        let writing = options
        return .kernel(
            call.arguments.map(\.type), .string, isNullable: call.arguments[0].isNullable,
            .variadic { (columns) throws(KernelError) in JSONWriter.texts(columns[0], options: writing) })
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
        for (name, value) in try options(call, 1) {
            try set(name, value, JSONReadOptions.names + JSONInferenceOptions.names) {
                (text) throws(FormatOptionError) in
                if try reading.set(name, text) { return true }
                return try inference.set(name, text)
            }
        }
        let column = ValueColumns.column(of: [.string(text)], type: .string)
        var inferred = JSONInference(inference, reading: reading)
        guard let type = inferred.type(of: column.run(0)) else {
            throw FunctionError("MALFORMED_RECORD_IN_PARSING", "the text of schema_of_json is no JSON: \(text)")
        }
        return .rewrite(.literal(.string(SchemaText.text(type)), .string))
    }

    // MARK: Options

    /// The options of a call: a constant map of texts.
    private static func options(_ call: FunctionCall, _ index: Int) throws(FunctionError) -> [(String, String)] {
        guard index < call.arguments.count else { return [] }
        guard case .map(let entries)? = call.arguments[index].constant else {
            throw FunctionError(
                "INVALID_OPTIONS.NON_MAP_FUNCTION", "the options of \(call.name) must be a constant map of texts",
                hint: "write them as map('mode', 'FAILFAST')")
        }
        var options: [(String, String)] = []
        for entry in entries {
            guard case .string(let name) = entry.key, case .string(let value) = entry.value else {
                throw FunctionError(
                    "INVALID_OPTIONS.NON_STRING_TYPE", "the options of \(call.name) must be a map of texts to texts")
            }
            options.append((name, value))
        }
        return options
    }

    private static func set(
        _ name: String, _ value: String, _ names: [String],
        _ body: (String) throws(FormatOptionError) -> Bool
    ) throws(FunctionError) {
        do throws(FormatOptionError) {
            guard try !body(value) else { return }
        } catch {
            throw FunctionError(
                error.condition ?? "INVALID_OPTION", "the option '\(name)' is '\(value)'", hint: error.hint)
        }
        throw FunctionError(
            "INVALID_OPTION", "unknown option '\(name)'", hint: "options: \(names.sorted().joined(separator: ", "))")
    }
}
