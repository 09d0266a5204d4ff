// Arrays, maps and structures from values.

import Columns

enum ConstructorFunctions {
    static let all: [FunctionDefinition] = [
        FunctionDefinition(
            "array", .collection, "array(value, ...)", "an array of the values", 0...Int.max, traits: []
        ) { (call) throws(FunctionError) in
            let element = try call.commonType()
            let type = DataType.array(element, containsNull: call.arguments.contains { $0.isNullable })
            return .kernel(
                call.arguments.map { _ in element }, type, isNullable: false,
                .contextual { columns, count, _ in ConstructKernels.array(columns, type: type, count: count) })
        },
        FunctionDefinition(
            "map", .collection, "map(key, value, ...)", "a map of the keys to the values", 0...Int.max,
            traits: .mayRaise, shape: map),
        FunctionDefinition(
            "struct", .collection, "struct(value, ...)", "a structure of the values, named as their columns are",
            1...Int.max, traits: []
        ) { call in
            structure(
                call.arguments.enumerated().map { place, argument in
                    Field(argument.name ?? "col\(place + 1)", argument.type, isNullable: argument.isNullable)
                }, names: 0)
        },
        FunctionDefinition(
            "named_struct", .collection, "named_struct(name, value, ...)", "a structure of the values with these names",
            2...Int.max, traits: []
        ) { (call) throws(FunctionError) in
            guard call.arguments.count.isMultiple(of: 2) else { throw unpaired(call) }
            var fields: [Field] = []
            for place in stride(from: 0, to: call.arguments.count, by: 2) {
                guard case .string(let name)? = call.arguments[place].constant else {
                    throw FunctionError(
                        "DATATYPE_MISMATCH.CREATE_NAMED_STRUCT_WITHOUT_FOLDABLE_STRING",
                        "argument \(place + 1) of named_struct must be a constant STRING")
                }
                let value = call.arguments[place + 1]
                fields.append(Field(name, value.type, isNullable: value.isNullable))
            }
            return structure(fields, names: 1)
        },
    ]

    /// `names` is 1 where a name stands before each value.
    private static func structure(_ fields: [Field], names: Int) -> FunctionShape {
        let type = DataType.structure(fields)
        return .kernel(
            fields.flatMap { Array(repeating: DataType.string, count: names) + [$0.type] }, type, isNullable: false,
            .contextual { columns, count, _ in
                ConstructKernels.structure(
                    stride(from: names, to: columns.count, by: names + 1).map { columns[$0] }, type: type, count: count)
            })
    }

    private static func unpaired(_ call: FunctionCall) -> FunctionError {
        FunctionError(
            "WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
            "\(call.name) takes pairs of arguments, found \(call.arguments.count) arguments")
    }

    private static func map(_ call: FunctionCall) throws(FunctionError) -> FunctionShape {
        guard call.arguments.count.isMultiple(of: 2) else { throw unpaired(call) }
        let keys = stride(from: 0, to: call.arguments.count, by: 2).map { call.arguments[$0] }
        let values = stride(from: 1, to: call.arguments.count, by: 2).map { call.arguments[$0] }
        let key = try FunctionCall(name: call.name, arguments: keys).commonType()
        let value = try FunctionCall(name: call.name, arguments: values).commonType()
        guard EqualValues.canTell(key) else {
            throw FunctionError("DATATYPE_MISMATCH.INVALID_MAP_KEY_TYPE", "a key of a map cannot be \(key)")
        }
        let type = DataType.map(key: key, value: value, valueContainsNull: values.contains { $0.isNullable })
        return .kernel(
            keys.flatMap { _ in [key, value] }, type, isNullable: false,
            .contextual { (columns, count, _) throws(KernelError) in
                try ConstructKernels.map(
                    keys: stride(from: 0, to: columns.count, by: 2).map {
                        NegativeZeros.removed(columns[$0], isDeep: false)
                    },
                    values: stride(from: 1, to: columns.count, by: 2).map { columns[$0] }, type: type, count: count)
            })
    }
}
