// VARIANT: values that know their types.

import Columns
import Formats
import SchemaText

enum VariantFunctions {
    static let all: [FunctionDefinition] = [
        parse("parse_json", "a text of JSON as VARIANT; raises for what is none", isTry: false),
        parse("try_parse_json", "a text of JSON as VARIANT; NULL for what is none", isTry: true),
        get("variant_get", "a cast that fails raises", isTry: false),
        get("try_variant_get", "NULL where a cast fails", isTry: true),
        FunctionDefinition(
            "is_variant_null", .variant, "is_variant_null(variant)",
            "whether the VARIANT is JSON's null; false where it is NULL", 1...1, traits: .mayRaise
        ) { (call) throws(FunctionError) in
            try requireVariant(call)
            return .kernel(
                [.variant], .boolean, isNullable: false,
                .unary { (column) throws(KernelError) in try VariantKernels.isNull(column) })
        },
        FunctionDefinition(
            "is_valid_variant", .variant, "is_valid_variant(variant)",
            "whether all bytes of the VARIANT can be read, which may come from a file", 1...1
        ) { (call) throws(FunctionError) in
            try requireVariant(call)
            return .kernel([.variant], .boolean, isNullable: nil, .unary { VariantKernels.isValid($0) })
        },
        FunctionDefinition(
            "schema_of_variant", .variant, "schema_of_variant(variant)",
            "the type of the value in the VARIANT, as SQL writes it, with OBJECT for objects", 1...1,
            traits: [.isNullIntolerant, .mayRaise]
        ) { (call) throws(FunctionError) in
            try requireVariant(call)
            return .kernel(
                [.variant], .string, isNullable: nil,
                .unary { (column) throws(KernelError) in try VariantKernels.schemas(column) })
        },
        FunctionDefinition(
            "to_variant_object", .variant, "to_variant_object(value)",
            "a structure, an array or a map as VARIANT, with objects for structures and maps", 1...1,
            traits: [.isNullIntolerant, .mayRaise], shape: toVariantObject),
    ]

    /// By their marks.
    static let operators: [String: FunctionDefinition] = [":": within]

    /// `v:a.b`, which Spark prints as the call that it is.
    private static let within = FunctionDefinition(
        ":", .variant, "variant:path", "what a path finds in a VARIANT", 2...2,
        traits: [.isNullIntolerant, .mayRaise], columnText: { "variant_get(\($0.joined(separator: ", ")))" }
    ) { (call) throws(FunctionError) in
        guard call.type(0) == .variant else {
            throw FunctionError(
                "COLUMN_IS_NOT_VARIANT_TYPE", "the operator ':' looks into VARIANT, found \(call.type(0))",
                hint: "parse_json makes a VARIANT of a text of JSON")
        }
        return .rewrite(.call("variant_get", [.argument(0), .argument(1)]))
    }

    private static func requireVariant(_ call: FunctionCall) throws(FunctionError) {
        guard [.variant, .null].contains(call.type(0)) else { throw call.unexpected(0, "VARIANT") }
    }

    // MARK: parse_json

    private static func parse(_ name: String, _ summary: String, isTry: Bool) -> FunctionDefinition {
        FunctionDefinition(
            name, .variant, "\(name)(text)", summary, 1...1,
            traits: isTry ? .isNullIntolerant : [.isNullIntolerant, .mayRaise]
        ) { (call) throws(FunctionError) in
            guard [.string, .null].contains(call.type(0)) else { throw call.unexpected(0, "STRING") }
            return .kernel(
                [.string], .variant, isNullable: isTry ? true : nil,
                .unary { (texts) throws(KernelError) in try VariantParser.parse(texts, isTry: isTry) })
        }
    }

    // MARK: variant_get

    private static func get(_ name: String, _ end: String, isTry: Bool) -> FunctionDefinition {
        FunctionDefinition(
            name, .variant, "\(name)(variant, path [, type])",
            "what a path such as `$.a[0]` finds in a VARIANT, cast to a type or not; \(end)",
            2...3, traits: [.isNullIntolerant, .mayRaise], values: [1, 2],
            columnText: { "\(name)(\($0.prefix(2).joined(separator: ", ")))" }
        ) { (call) throws(FunctionError) in
            try requireVariant(call)
            guard [.string, .null].contains(call.type(1)) else { throw call.unexpected(1, "STRING") }
            let type = call.arguments.count < 3 ? .variant : try FormatArguments.type(call, 2).nullable
            guard VariantCast.canCast(type) else {
                throw FunctionError(
                    "DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION", "\(name) can't cast VARIANT to \(type)",
                    hint: "keys of maps are STRING, and no type may be VOID or an interval")
            }
            let types: [DataType] = [.variant, .string] + call.arguments.dropFirst(2).map(\.type)
            let zone = call.zone
            let namesZone = CastKernel.needsZone(from: .variant, to: type)
            func kernel(
                _ places: @escaping @Sendable ([ColumnVector]) throws(KernelError) -> VariantPlaces
            ) -> FunctionShape {
                .kernel(
                    types, type, isNullable: true, zone: namesZone ? zone : nil,
                    .variadic { (columns) throws(KernelError) in
                        try VariantCast.cast(try places(columns), to: type, isTry: isTry, in: zone)
                    })
            }
            guard case .string(let text)? = call.arguments[1].constant else {
                return kernel { (columns) throws(KernelError) in
                    try VariantPlaces(columns[0], paths: columns[1], function: name)
                }
            }
            guard let path = VariantPath(text.utf8) else {
                throw FunctionError(.invalidVariantPath(text, name, row: nil))
            }
            return kernel { (columns) throws(KernelError) in try VariantPlaces(columns[0], path: path) }
        }
    }

    // MARK: to_variant_object

    private static func toVariantObject(_ call: FunctionCall) throws(FunctionError) -> FunctionShape {
        let type = call.type(0)
        guard type.isNested, VariantCast.canCast(type) else {
            throw FunctionError(
                "DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION", "to_variant_object can't make a VARIANT of \(type)",
                hint: type.isNested ? "keys of maps are STRING, and no part may be VOID or an interval" : "write a CAST"
            )
        }
        return .kernel(
            [type], .variant, isNullable: nil,
            .unary { (column) throws(KernelError) in
                try VariantSource.variants(column, function: "to_variant_object")
            })
    }
}
