// Arguments of the functions that read and write texts of a format: schemas and options.

import Columns
import Formats
import SQLParser
import SchemaText

/// Reads constant arguments.
enum FormatArguments {
    /// The type that the second argument says.
    static func schema(_ call: FunctionCall, example: String) throws(FunctionError) -> DataType {
        guard case .string(let text)? = call.arguments[1].constant else {
            throw FunctionError(
                "INVALID_SCHEMA.NON_STRING_LITERAL", "the schema of \(call.name) must be a constant text",
                hint: "write it as 'a INT, b STRING', or use \(example) of a constant")
        }
        let type: DataType
        do throws(SQLDiagnostic) {
            type = try SchemaText.typeOrColumns(text)
        } catch {
            throw FunctionError(error.code, "the schema of \(call.name):\n" + error.picture(in: text), hint: error.hint)
        }
        return type
    }

    /// The type that a constant argument names.
    static func type(_ call: FunctionCall, _ index: Int) throws(FunctionError) -> DataType {
        guard case .string(let text)? = call.arguments[index].constant else {
            throw FunctionError(
                "INVALID_SCHEMA.NON_STRING_LITERAL", "the type that \(call.name) casts to must be a constant text",
                hint: "write it as 'INT' or 'ARRAY<STRING>'")
        }
        do throws(SQLDiagnostic) {
            return try SchemaText.typeOrColumns(text)
        } catch {
            throw FunctionError(error.code, "the type of \(call.name):\n" + error.picture(in: text), hint: error.hint)
        }
    }

    /// Sets the options of a call.
    static func set<Options: NamedOptions>(
        _ options: inout Options, _ call: FunctionCall, _ index: Int
    ) throws(FunctionError) {
        for (name, value) in try self.options(call, index) {
            try set(name, value, Options.names) { (name, text) throws(FormatOptionError) in
                try options.set(name, text)
            }
        }
    }

    /// Sets the options of a call, each where it is known.
    static func set<First: NamedOptions, Second: NamedOptions>(
        _ first: inout First, _ second: inout Second, _ call: FunctionCall, _ index: Int
    ) throws(FunctionError) {
        for (name, value) in try options(call, index) {
            try set(name, value, First.names + Second.names) { (name, text) throws(FormatOptionError) in
                if try first.set(name, text) { return true }
                return try second.set(name, text)
            }
        }
    }

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
        _ body: (_ name: String, _ text: String) throws(FormatOptionError) -> Bool
    ) throws(FunctionError) {
        do throws(FormatOptionError) {
            guard try !body(name, value) else { return }
        } catch {
            throw FunctionError(
                error.condition ?? "INVALID_OPTION", "the option '\(name)' is '\(value)'", hint: error.hint)
        }
        throw FunctionError(
            "INVALID_OPTION", "unknown option '\(name)'", hint: "options: \(names.sorted().joined(separator: ", "))")
    }
}
