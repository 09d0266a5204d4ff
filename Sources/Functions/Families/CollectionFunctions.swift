// Arrays and maps.

import Columns

enum CollectionFunctions {
    static let all: [FunctionDefinition] = [
        FunctionDefinition(
            "size", aliases: ["cardinality"], .collection, "size(array or map)", "how many elements there are", 1...1
        ) { (call) throws(FunctionError) in
            switch call.type(0) {
            case .array, .map:
                return .kernel([call.type(0)], .integer, isNullable: nil, .unary { ArrayKernels.size($0) })
            case .null: return .rewrite(.cast(.null, .integer))
            default: throw call.unexpected(0, "an ARRAY or a MAP")
            }
        },
        FunctionDefinition(
            "array_size", .collection, "array_size(array)", "how many elements there are", 1...1
        ) { (call) throws(FunctionError) in
            if call.type(0) != .null { _ = try call.element(0) }
            return .rewrite(.call("size", [.argument(0)]))
        },
        element("element_at", "the element with a number from 1, or below 0 from the end", from: 1, raises: true),
        element(
            "try_element_at", "as element_at, NULL where there is no such element", from: 1, raises: false),
        element("get", "the element with an index from 0, NULL where there is none", from: 0, raises: false),
        FunctionDefinition(
            "array_contains", .collection, "array_contains(array, value)", "whether the value is an element", 2...2,
            values: [1]
        ) { (call) throws(FunctionError) in
            guard case .array(let element, let containsNull) = call.type(0) else {
                throw call.unexpected(0, "an ARRAY")
            }
            guard let type = TypeCoercion.commonType(element, call.type(1)), type != .null,
                SortKeyEncoder.canEncode(type)
            else { throw call.unexpected(1, "\(element)") }
            return .kernel(
                [.array(type, containsNull: containsNull), type], .boolean,
                isNullable: containsNull || call.arguments.contains { $0.isNullable },
                .binary { CollectionKernels.contains($0, $1) })
        },
        FunctionDefinition(
            "sort_array", .collection, "sort_array(array [, ascending])",
            "the elements in order, NULL first where it goes up", 1...2, defaults: [.boolean(true)], values: [1]
        ) { (call) throws(FunctionError) in
            if call.type(0) == .null { return .nullArray }
            try ordered(call)
            if call.arguments[1].constant == .null { return .rewrite(.cast(.null, call.type(0))) }
            guard case .boolean(let isAscending)? = call.arguments[1].constant else {
                throw FunctionError(
                    "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", "the order of sort_array must be a constant BOOLEAN")
            }
            return .kernel(
                [call.type(0), .boolean], call.type(0), isNullable: nil,
                .binary { arrays, _ in ListElements(arrays).sorted(isAscending: isAscending) })
        },
        FunctionDefinition(
            "array_distinct", .collection, "array_distinct(array)", "the elements, each where it is first", 1...1
        ) { (call) throws(FunctionError) in
            if call.type(0) == .null { return .nullArray }
            try ordered(call)
            return .kernel(
                [call.type(0)], call.type(0), isNullable: nil,
                .unary { NegativeZeros.removedInLists(ListElements($0).distinct()) })
        },
        part("map_keys", "the keys of a map, in order", isKey: true),
        part("map_values", "the values of a map, in order", isKey: false),
    ]

    /// `array[index]`, from 0; raises beyond the array.
    static let elementOperator = element(
        "getarrayitem", "the element with an index from 0", from: 0, raises: true)

    private static func element(
        _ name: String, _ summary: String, from base: Int64, raises: Bool
    ) -> FunctionDefinition {
        FunctionDefinition(
            name, .collection, "\(name)(array, index)", summary, 2...2,
            traits: raises || base == 1 ? [.isNullIntolerant, .mayRaise] : .isNullIntolerant
        ) { (call) throws(FunctionError) in
            if case .map(let key, let value, _) = call.type(0), name != "get" {
                return try entry(call, key, value)
            }
            guard case .array(let element, let containsNull) = call.type(0) else {
                throw call.unexpected(0, name == "get" ? "an ARRAY" : "an ARRAY or a MAP")
            }
            // As in Spark, `get` alone takes what a cast makes an INT of.
            let isCast = name == "get" && (call.type(1).isNumeric || call.type(1) == .string)
            guard isCast || call.type(1).isIntegral || call.type(1) == .null else {
                throw call.unexpected(1, "an integer")
            }
            let kernel = ScalarKernel.binary { (arrays, given) throws(KernelError) in
                let index = try CastKernel.cast(given, to: .long)
                // There is no element 0, whether what is beyond the array raises or not.
                if base == 1 { try CollectionKernels.requireNoZero(index, of: arrays) }
                return try ArrayKernels.element(
                    arrays, at: base == 0 ? index : CollectionKernels.fromEnd(index, of: arrays), base: base,
                    raises: raises)
            }
            return .kernel(
                [call.type(0), isCast ? .integer : .long], element,
                isNullable: !raises || containsNull || call.arguments.contains { $0.isNullable }, kernel)
        }
    }

    /// Refuses what is no array of values that have an order.
    private static func ordered(_ call: FunctionCall) throws(FunctionError) {
        guard case .array(let element, _) = call.type(0), SortKeyEncoder.canEncode(element) else {
            throw call.unexpected(0, "an ARRAY whose elements have an order")
        }
    }

    /// The value of a map at a key, NULL where there is none.
    private static func entry(
        _ call: FunctionCall, _ key: DataType, _ value: DataType
    ) throws(FunctionError) -> FunctionShape {
        let isOperator = call.name == elementOperator.name
        guard
            call.type(1) == .null || TypeCoercion.commonType(key, call.type(1)) == key
                || isOperator && !key.isInterval && TypeCoercion.castsImplicitly(call.type(1), to: key)
                || isOperator && TypeCoercion.comparedType(key, call.type(1)) == key
        else {
            throw FunctionError(
                "DATATYPE_MISMATCH.MAP_FUNCTION_DIFF_TYPES",
                "the keys of the map are \(key), and \(isOperator ? "[ ]" : call.name) looks for \(call.type(1))",
                hint: "write a CAST")
        }
        guard SortKeyEncoder.canEncode(key) else { throw call.unexpected(0, "a MAP whose keys can be compared") }
        return .kernel([call.type(0), key], value, isNullable: true, .binary { ListElements.value(of: $0, at: $1) })
    }

    /// An array of the keys or of the values of a map.
    private static func part(_ name: String, _ summary: String, isKey: Bool) -> FunctionDefinition {
        FunctionDefinition(name, .collection, "\(name)(map)", summary, 1...1) { (call) throws(FunctionError) in
            if call.type(0) == .null { return .nullArray }
            guard case .map(let key, let value, let containsNull) = call.type(0) else {
                throw call.unexpected(0, "a MAP")
            }
            let type: DataType =
                isKey ? .array(key, containsNull: false) : .array(value, containsNull: containsNull)
            return .kernel(
                [call.type(0)], type, isNullable: nil,
                .unary { maps in
                    let lists = ListElements(maps)
                    return lists.lists(of: [lists.children[isKey ? 0 : 1]], type: type)
                })
        }
    }
}
