// Maps from maps and arrays.

import Columns

enum MapFunctions {
    static let all: [FunctionDefinition] = [
        FunctionDefinition(
            "map_concat", .collection, "map_concat(map, ...)", "the entries of all maps; a key must not be twice",
            0...Int.max, traits: [.isNullIntolerant, .mayRaise]
        ) { (call) throws(FunctionError) in
            guard !call.arguments.isEmpty else {
                let none = DataType.map(key: .string, value: .string, valueContainsNull: true)
                return .rewrite(.cast(.call("map", []), none))
            }
            let type = try call.commonType()
            guard case .map(let key, _, _) = type else { throw call.unexpected(0, "a MAP") }
            try requireKey(key)
            return .kernel(
                call.arguments.map { _ in type }, type, isNullable: nil,
                .variadic { (maps) throws(KernelError) in try MapKernels.concatenated(maps, type) })
        },
        FunctionDefinition(
            "map_entries", .collection, "map_entries(map)", "an array of structures of key and value", 1...1
        ) { (call) throws(FunctionError) in
            if call.type(0) == .null {
                let entry = [Field("key", .null, isNullable: false), Field("value", .null)]
                return .rewrite(.cast(.null, .array(.structure(entry), containsNull: false)))
            }
            guard case .map(let key, let value, let containsNull) = call.type(0) else {
                throw call.unexpected(0, "a MAP")
            }
            let entry = [Field("key", key, isNullable: false), Field("value", value, isNullable: containsNull)]
            let type = DataType.array(.structure(entry), containsNull: false)
            return .kernel([call.type(0)], type, isNullable: nil, .unary { MapKernels.entries($0, type) })
        },
        FunctionDefinition(
            "map_from_arrays", .collection, "map_from_arrays(keys, values)", "a map of the keys to the values", 2...2,
            traits: [.isNullIntolerant, .mayRaise]
        ) { (call) throws(FunctionError) in
            if call.type(0) == .null || call.type(1) == .null {
                let key = call.type(0) == .null ? .null : try call.element(0).type
                let value = call.type(1) == .null ? .null : try call.element(1).type
                return .rewrite(.cast(.null, .map(key: key, value: value, valueContainsNull: true)))
            }
            let (key, _) = try call.element(0)
            let (value, containsNull) = try call.element(1)
            try requireKey(key)
            let type = DataType.map(key: key, value: value, valueContainsNull: containsNull)
            return .kernel(
                [call.type(0), call.type(1)], type, isNullable: nil,
                .binary { (keys, values) throws(KernelError) in
                    try MapKernels.made(keys: keys, values: values, type)
                })
        },
        FunctionDefinition(
            "map_from_entries", .collection, "map_from_entries(array)", "a map of an array of pairs", 1...1,
            traits: [.isNullIntolerant, .mayRaise]
        ) { (call) throws(FunctionError) in
            guard case .array(.structure(let fields), let containsNull) = call.type(0), fields.count == 2 else {
                throw call.unexpected(0, "an ARRAY of pairs")
            }
            try requireKey(fields[0].type)
            let type = DataType.map(
                key: fields[0].type, value: fields[1].type, valueContainsNull: fields[1].isNullable)
            return .kernel(
                [call.type(0)], type, isNullable: containsNull || call.arguments[0].isNullable,
                .unary { (arrays) throws(KernelError) in try MapKernels.made(entries: arrays, type) })
        },
        FunctionDefinition(
            "map_contains_key", .collection, "map_contains_key(map, key)", "whether the key is one of the map's", 2...2,
            values: [1]
        ) { (call) throws(FunctionError) in
            guard case .map(let key, _, _) = call.type(0), TypeCoercion.commonType(key, call.type(1)) != nil,
                call.type(1) != .null
            else {
                throw FunctionError(
                    "DATATYPE_MISMATCH.MAP_FUNCTION_DIFF_TYPES",
                    "map_contains_key takes a MAP and one of its keys, found \(call.type(0)) and \(call.type(1))")
            }
            return .rewrite(.call("array_contains", [.call("map_keys", [.argument(0)]), .argument(1)]))
        },
    ]

    /// Refuses what can be no key.
    private static func requireKey(_ type: DataType) throws(FunctionError) {
        guard EqualValues.canTell(type) else {
            throw FunctionError("DATATYPE_MISMATCH.INVALID_MAP_KEY_TYPE", "a key of a map cannot be \(type)")
        }
    }
}
