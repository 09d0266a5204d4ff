// All generators by name. Adding one is adding a definition here.

import Columns

/// What makes several rows of one, in a list of columns.
package enum GeneratorTable {
    /// Every definition, by name.
    package static let all: [GeneratorDefinition] = [
        explode("explode", isOuter: false), explode("explode_outer", isOuter: true),
        explode("posexplode", withPosition: true, isOuter: false),
        explode("posexplode_outer", withPosition: true, isOuter: true),
        GeneratorDefinition(
            "json_tuple", "json_tuple(text, name, ...)",
            "one row of the values that a JSON object has under these names",
            2...Int.max, shape: members),
        inline("inline", isOuter: false), inline("inline_outer", isOuter: true),
        variantExplode("variant_explode", isOuter: false), variantExplode("variant_explode_outer", isOuter: true),
        GeneratorDefinition(
            "stack", "stack(count, value, ...)", "count rows that the values fill one after the other",
            2...Int.max, shape: stack),
    ]

    private static let byName = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })

    /// Every name that can be called, for "did you mean".
    package static let names: [String] = byName.keys.sorted()

    /// The generator with this name, in letters of any case.
    package static func definition(_ name: String) -> GeneratorDefinition? { byName[name.lowercased()] }

    private static func none(_ isOuter: Bool) -> String {
        isOuter ? "one of NULLs for what is empty or NULL" : "none for what is empty or NULL"
    }

    private static func explode(_ name: String, withPosition: Bool = false, isOuter: Bool) -> GeneratorDefinition {
        GeneratorDefinition(
            name, "\(name)(collection)",
            "one row for each element of an array or entry of a map\(withPosition ? ", with its place" : "")"
                + "; \(none(isOuter))", 1...1, isOuter: isOuter
        ) { (call) throws(FunctionError) in
            let columns: [Field]
            switch call.type(0) {
            case .array(let element, let containsNull): columns = [Field("col", element, isNullable: containsNull)]
            case .map(let key, let value, let containsNull):
                columns = [Field("key", key, isNullable: false), Field("value", value, isNullable: containsNull)]
            default: throw call.unexpected(0, "an ARRAY or a MAP")
            }
            return (
                .elements(withPosition: withPosition), [call.type(0)],
                (withPosition ? [Field("pos", .integer, isNullable: false)] : []) + columns
            )
        }
    }

    private static func inline(_ name: String, isOuter: Bool) -> GeneratorDefinition {
        GeneratorDefinition(
            name, "\(name)(structures)",
            "one row for each structure of an array, with its fields as columns; \(none(isOuter))", 1...1,
            isOuter: isOuter
        ) { (call) throws(FunctionError) in
            guard case .array(.structure(let fields), let containsNull) = call.type(0) else {
                throw call.unexpected(0, "an ARRAY of STRUCT")
            }
            return (
                .structures, [call.type(0)],
                fields.map { Field($0.name, $0.type, isNullable: $0.isNullable || containsNull) }
            )
        }
    }

    private static func variantExplode(_ name: String, isOuter: Bool) -> GeneratorDefinition {
        GeneratorDefinition(
            name, "\(name)(variant)",
            "one row for each element or field in a VARIANT, with its place and name; "
                + (isOuter ? "one of NULLs for all others" : "none for all others"), 1...1, isOuter: isOuter
        ) { (call) throws(FunctionError) in
            guard [.variant, .null].contains(call.type(0)) else { throw call.unexpected(0, "VARIANT") }
            return (
                .variantParts, [.variant],
                [
                    Field("pos", .integer, isNullable: false), Field("key", .string),
                    Field("value", .variant, isNullable: false),
                ]
            )
        }
    }

    private static func members(_ call: FunctionCall) throws(FunctionError) -> (GeneratorKind, [DataType], [Field]) {
        var names: [String] = []
        for (index, argument) in call.arguments.enumerated().dropFirst() {
            guard case .string(let name)? = argument.constant else {
                throw FunctionError(
                    "NON_FOLDABLE_ARGUMENT", "argument \(index + 1) of json_tuple must be a constant STRING")
            }
            names.append(name)
        }
        return (
            .members(names), try call.types([.string]),
            names.indices.map { Field("c\($0)", .string, isNullable: true) }
        )
    }

    private static func stack(_ call: FunctionCall) throws(FunctionError) -> (GeneratorKind, [DataType], [Field]) {
        guard case .integer(let count)? = call.arguments[0].constant else {
            throw FunctionError(
                "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT", "the number of rows of stack must be a constant INT")
        }
        guard count > 0, count <= 1 << 16 else {
            throw FunctionError(
                "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
                "the number of rows of stack must be from 1 to 65536 and is \(count)")
        }
        let values = call.arguments.dropFirst()
        let width = (values.count + Int(count) - 1) / Int(count)
        var outputs: [Field] = []
        for column in 0..<width {
            var type: DataType = .null
            var isNullable = values.count < width * Int(count)
            for place in stride(from: column, to: values.count, by: width) {
                let value = values[values.startIndex + place]
                isNullable = isNullable || value.isNullable
                if type == .null { type = value.type }
                guard value.type == type || value.type == .null else {
                    throw FunctionError(
                        "DATATYPE_MISMATCH.STACK_COLUMN_DIFF_TYPES",
                        "column \(column) of stack must have one type, found \(type) and \(value.type)",
                        hint: "write a CAST")
                }
            }
            outputs.append(Field("col\(column)", type, isNullable: isNullable))
        }
        let types = values.indices.map { outputs[($0 - values.startIndex) % width].type }
        return (.rows(Int(count)), [.integer] + types, outputs)
    }
}
