// Records of comma-separated values to structures and back.

import Columns
import Formats
import SchemaText

enum CSVFunctions {
    static let all: [FunctionDefinition] = [
        FunctionDefinition(
            "from_csv", .json, "from_csv(text, schema [, options])",
            "the structure that a record of comma-separated values is; the schema is `a INT, b STRING`", 2...3,
            traits: .mayRaise, values: [1, 2], columnText: { "from_csv(\($0.first ?? ""))" },
            shape: fromCSV),
        FunctionDefinition(
            "to_csv", .json, "to_csv(value [, options])", "a structure as a record of comma-separated values", 1...2,
            traits: .mayRaise, values: [1], columnText: { "to_csv(\($0.first ?? ""))" }, shape: toCSV),
        FunctionDefinition(
            "schema_of_csv", .json, "schema_of_csv(text [, options])",
            "the schema of a constant record of comma-separated values", 1...2, traits: [], values: [0, 1],
            columnText: { "schema_of_csv(\($0.first ?? ""))" }, shape: schemaOfCSV),
    ]

    // MARK: from_csv

    private static func fromCSV(_ call: FunctionCall) throws(FunctionError) -> FunctionShape {
        guard TypeCoercion.castsImplicitly(call.type(0), to: .string), call.type(0).isAtomic || call.type(0) == .null
        else { throw call.unexpected(0, "STRING") }
        let type = try FormatArguments.schema(call, example: "schema_of_csv").nullable
        guard case .structure(let fields) = type else {
            throw FunctionError(
                "INVALID_SCHEMA.NON_STRUCT_TYPE", "a schema of comma-separated values is a STRUCT, found \(type)")
        }
        var options = CSVReadOptions()
        options.zone = call.zone
        try FormatArguments.set(&options, call, 2)
        guard options.mode != .dropMalformed else {
            throw FunctionError(
                "PARSE_MODE_UNSUPPORTED", "the function from_csv doesn't support the DROPMALFORMED mode",
                hint: "it takes PERMISSIVE or FAILFAST")
        }
        let reading = options
        // Nothing is read, whatever the fields are.
        if call.arguments[0].constant == .null { return .rewrite(.cast(.null, type)) }
        do throws(KernelError) {
            _ = try CSVValueReader(fields, options: reading, rows: 1)
        } catch {
            throw FunctionError(error)
        }
        return .kernel(
            [.string] + call.arguments.dropFirst().map(\.type), type, isNullable: true, zone: call.zone,
            .variadic { (columns) throws(KernelError) in
                var reader = try CSVValueReader(fields, options: reading, rows: columns[0].count)
                return try reader.read(Utf8Kernel.text(columns[0]))
            })
    }

    // MARK: to_csv

    private static func toCSV(_ call: FunctionCall) throws(FunctionError) -> FunctionShape {
        switch call.type(0) {
        case .structure where !call.type(0).hasVariant: break
        case .null: return .rewrite(.cast(.argument(0), .string))
        default:
            throw FunctionError(
                "DATATYPE_MISMATCH.UNSUPPORTED_INPUT_TYPE",
                "to_csv takes a STRUCT without VARIANT, found \(call.type(0))",
                hint: "put the value into a structure: struct(value)")
        }
        var options = CSVWriteOptions()
        options.zone = call.zone
        try FormatArguments.set(&options, call, 1)
        let writing = options
        return .kernel(
            call.arguments.map(\.type), .string, isNullable: true, zone: call.zone,
            .variadic { (columns) throws(KernelError) in try CSVWriter.texts(columns[0], options: writing) })
    }

    // MARK: schema_of_csv

    private static func schemaOfCSV(_ call: FunctionCall) throws(FunctionError) -> FunctionShape {
        if call.arguments[0].constant == .null || call.type(0) == .null {
            throw FunctionError("DATATYPE_MISMATCH.UNEXPECTED_NULL", "the text of schema_of_csv must not be NULL")
        }
        guard case .string(let text)? = call.arguments[0].constant else {
            throw FunctionError(
                "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT", "the text of schema_of_csv must be a constant",
                hint: "give an example of the texts as a constant")
        }
        var reading = CSVReadOptions()
        var inference = CSVInferenceOptions()
        try FormatArguments.set(&reading, &inference, call, 1)
        reading.hasHeader = false
        inference.infersTypes = true
        let column = ValueColumns.column(of: [.string(text)], type: .string)
        var inferred = CSVInference(inference, reading: reading)
        inferred.add(column.run(0), isFirst: true)
        return .rewrite(.literal(.string(SchemaText.text(.structure(inferred.schema.fields))), .string))
    }
}
