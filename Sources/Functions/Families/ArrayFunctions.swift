// Arrays from arrays.

import Columns

enum ArrayFunctions {
    static let all: [FunctionDefinition] = changes + sets + parts

    // MARK: Elements more or less

    private static let changes: [FunctionDefinition] = [
        extended("array_append", "the array with the value behind its elements", atEnd: true),
        extended("array_prepend", "the array with the value in front of its elements", atEnd: false),
        FunctionDefinition(
            "array_insert", .collection, "array_insert(array, place, value)",
            "the array with the value at a place, from 1, or below 0 from the end; NULLs fill what lies between", 3...3,
            traits: .mayRaise, values: [2]
        ) { (call) throws(FunctionError) in
            let (element, _) = try call.common(array: 0, value: 2, areCompared: false)
            guard call.type(1).isIntegral || call.type(1) == .null else { throw call.unexpected(1, "an integer") }
            let type = DataType.array(element, containsNull: true)
            return .kernel(
                [type, .integer, element], type,
                isNullable: call.arguments[0].isNullable || call.arguments[1].isNullable,
                .variadic { (columns) throws(KernelError) in
                    try ListKernels.inserted(columns[0], columns[1], columns[2], type)
                })
        },
        FunctionDefinition(
            "array_remove", .collection, "array_remove(array, value)",
            "the array without elements that equal the value",
            2...2, values: [1]
        ) { (call) throws(FunctionError) in
            let (element, containsNull) = try call.common(array: 0, value: 1)
            let type = DataType.array(element, containsNull: containsNull)
            return .kernel(
                [type, element], type, isNullable: nil,
                .binary { (arrays, values) throws(KernelError) in try ListSetKernels.without(arrays, values, type) })
        },
        FunctionDefinition(
            "array_compact", .collection, "array_compact(array)", "the array without NULLs", 1...1
        ) { (call) throws(FunctionError) in
            if call.type(0) == .null { return .nullArray }
            let type = DataType.array(try call.element(0).type, containsNull: false)
            return .kernel(
                [call.type(0)], type, isNullable: nil,
                .unary { (arrays) throws(KernelError) in try ListKernels.withoutNulls(arrays, type) })
        },
        FunctionDefinition(
            "array_repeat", .collection, "array_repeat(value, times)", "an array of the value so many times", 2...2,
            traits: .mayRaise
        ) { (call) throws(FunctionError) in
            guard call.type(1).isIntegral || [.string, .null].contains(call.type(1)) else {
                throw call.unexpected(1, "INT")
            }
            let type = DataType.array(call.type(0), containsNull: call.arguments[0].isNullable)
            return .kernel(
                [call.type(0), .integer], type, isNullable: call.arguments[1].isNullable,
                .binary { (values, times) throws(KernelError) in try ListKernels.repeated(values, times, type) })
        },
        FunctionDefinition(
            "sequence", .collection, "sequence(start, stop [, step])",
            "an array of whole numbers or of times from start to stop, one or a day apart, or by steps", 2...3,
            traits: [.isNullIntolerant, .mayRaise], shape: sequence),
    ]

    private static func extended(_ name: String, _ summary: String, atEnd: Bool) -> FunctionDefinition {
        FunctionDefinition(
            name, .collection, "\(name)(array, value)", summary, 2...2, traits: [], values: [1]
        ) { (call) throws(FunctionError) in
            let (element, containsNull) = try call.common(array: 0, value: 1, areCompared: false)
            let type = DataType.array(element, containsNull: containsNull || call.arguments[1].isNullable)
            return .kernel(
                [type, element], type, isNullable: call.arguments[0].isNullable,
                .binary { (arrays, values) throws(KernelError) in
                    try ListKernels.extended(arrays, values, atEnd: atEnd, type)
                })
        }
    }

    private static func sequence(_ call: FunctionCall) throws(FunctionError) -> FunctionShape {
        if let times = try TimeSequences.shape(call) { return times }
        let type = try call.commonType()
        guard type.isIntegral else {
            throw FunctionError(
                "DATATYPE_MISMATCH.SEQUENCE_WRONG_INPUT_TYPES", "sequence takes whole numbers, found \(type)")
        }
        let result = DataType.array(type, containsNull: false)
        return .kernel(
            call.arguments.map { _ in .long }, result, isNullable: nil,
            .variadic { (columns) throws(KernelError) in
                try CastKernel.cast(try SequenceKernels.numbers(columns), to: result)
            })
    }

    // MARK: Arrays as sets

    private static let sets: [FunctionDefinition] = [
        combined("array_union", "the different elements of both arrays", .union),
        combined("array_intersect", "the different elements that both arrays have", .intersect),
        combined("array_except", "the different elements of the first array that the second one doesn't have", .except),
        FunctionDefinition(
            "arrays_overlap", .collection, "arrays_overlap(a, b)",
            "whether the arrays have an element in common; NULL where only NULLs could be it", 2...2
        ) { (call) throws(FunctionError) in
            let (element, left, right) = try call.commonArrays()
            return .kernel(
                [.array(element, containsNull: left), .array(element, containsNull: right)], .boolean,
                isNullable: left || right || call.arguments.contains { $0.isNullable },
                .binary { ListSetKernels.overlap($0, $1) })
        },
        FunctionDefinition(
            "array_position", .collection, "array_position(array, value)",
            "at which place, from 1, the value stands first; 0 where it doesn't", 2...2, values: [1]
        ) { (call) throws(FunctionError) in
            let (element, containsNull) = try call.common(array: 0, value: 1)
            return .kernel(
                [.array(element, containsNull: containsNull), element], .long, isNullable: nil,
                .binary { ListSetKernels.positions($0, $1) })
        },
    ]

    private static func combined(
        _ name: String, _ summary: String, _ operation: ListSetKernels.Operation
    ) -> FunctionDefinition {
        FunctionDefinition(name, .collection, "\(name)(a, b)", summary, 2...2) { (call) throws(FunctionError) in
            let (element, left, right) = try call.commonArrays()
            let containsNull =
                switch operation {
                case .union: left || right
                case .intersect: left && right
                case .except: left
                }
            let type = DataType.array(element, containsNull: containsNull)
            return .kernel(
                [.array(element, containsNull: left), .array(element, containsNull: right)], type, isNullable: nil,
                .binary { (a, b) throws(KernelError) in try ListSetKernels.combined(operation, a, b, type) })
        }
    }

    // MARK: Parts of arrays, and arrays of arrays

    private static let parts: [FunctionDefinition] = [
        FunctionDefinition(
            "slice", .collection, "slice(array, place, length)",
            "so many elements from a place on, which counts from 1, or below 0 from the end", 3...3,
            traits: [.isNullIntolerant, .mayRaise]
        ) { (call) throws(FunctionError) in
            if call.type(0) == .null { return .nullArray }
            _ = try call.element(0)
            let places = try FunctionCall(name: call.name, arguments: Array(call.arguments.dropFirst()))
                .types([.integer, .integer])
            return .kernel(
                [call.type(0)] + places, call.type(0), isNullable: nil,
                .variadic { (columns) throws(KernelError) in
                    try ListKernels.slices(columns[0], columns[1], columns[2])
                })
        },
        FunctionDefinition(
            "flatten", .collection, "flatten(arrays)", "the elements of an array's arrays; NULL where one is NULL",
            1...1
        ) { (call) throws(FunctionError) in
            guard case .array(.array(let element, let innerNull), let containsNull) = call.type(0) else {
                throw call.unexpected(0, "an ARRAY of ARRAY")
            }
            let type = DataType.array(element, containsNull: innerNull)
            return .kernel(
                [call.type(0)], type, isNullable: containsNull || call.arguments[0].isNullable,
                .unary { (arrays) throws(KernelError) in try ListKernels.flattened(arrays, type) })
        },
        FunctionDefinition(
            "arrays_zip", .collection, "arrays_zip(array, ...)",
            "an array of structures of the elements at the same place, NULL behind the shorter arrays", 1...Int.max,
            shape: zipped),
        extreme("array_min", "the smallest element that isn't NULL", wantsLargest: false),
        extreme("array_max", "the largest element that isn't NULL", wantsLargest: true),
        FunctionDefinition(
            "array_join", .collection, "array_join(array, separator [, replacement])",
            "the texts of an array with a separator between them; NULLs as the replacement, or left out", 2...3,
            traits: [.isNullIntolerant, .mayRaise], values: [1, 2]
        ) { (call) throws(FunctionError) in
            if call.type(0) == .null { return .rewrite(.cast(.null, .string)) }
            let (element, containsNull) = try call.element(0)
            guard TypeCoercion.castsImplicitly(element, to: .string) else { throw call.unexpected(0, "ARRAY<STRING>") }
            let texts = try FunctionCall(name: call.name, arguments: Array(call.arguments.dropFirst()))
                .types([.string])
            return .kernel(
                [.array(.string, containsNull: containsNull)] + texts, .string, isNullable: nil,
                .variadic { (columns) throws(KernelError) in
                    try ListKernels.joined(columns[0], columns[1], columns.count > 2 ? columns[2] : nil)
                })
        },
        FunctionDefinition(
            "array_sort", .collection, "array_sort(array)", "the elements in order, NULL last", 1...1
        ) { (call) throws(FunctionError) in
            guard SortKeyEncoder.canEncode(try call.element(0).type) else {
                throw call.unexpected(0, "an ARRAY whose elements have an order")
            }
            return .kernel(
                [call.type(0)], call.type(0), isNullable: nil,
                .unary { ListElements($0).sorted(SortDirection(isAscending: true, nullsFirst: false)) })
        },
    ]

    private static func zipped(_ call: FunctionCall) throws(FunctionError) -> FunctionShape {
        var fields: [Field] = []
        for (index, argument) in call.arguments.enumerated() {
            let element = argument.type == .null ? .null : try call.element(index).type
            fields.append(Field(argument.name ?? "\(index)", element, isNullable: true))
        }
        let type = DataType.array(.structure(fields), containsNull: false)
        let types = call.arguments.map { $0.type == .null ? DataType.array(.null, containsNull: true) : $0.type }
        return .kernel(
            types, type, isNullable: nil,
            .contextual { (columns, count, _) throws(KernelError) in
                try ListKernels.zipped(columns, type, count: count)
            })
    }

    private static func extreme(_ name: String, _ summary: String, wantsLargest: Bool) -> FunctionDefinition {
        FunctionDefinition(name, .collection, "\(name)(array)", summary, 1...1) { (call) throws(FunctionError) in
            if call.type(0) == .null { return .rewrite(.null) }
            let element = try call.element(0).type
            guard SortKeyEncoder.canEncode(element) else {
                throw call.unexpected(0, "an ARRAY whose elements have an order")
            }
            return .kernel(
                [call.type(0)], element, isNullable: true,
                .unary { ListKernels.extremes($0, wantsLargest: wantsLargest) })
        }
    }
}

extension FunctionCall {
    /// The element of an array.
    func element(_ index: Int) throws(FunctionError) -> (type: DataType, containsNull: Bool) {
        guard case .array(let element, let containsNull) = type(index) else { throw unexpected(index, "an ARRAY") }
        return (element, containsNull)
    }

    /// The type that the elements of an array and a value have in common, and whether there are NULLs in the array.
    func common(
        array: Int, value: Int, areCompared: Bool = true
    ) throws(FunctionError) -> (type: DataType, containsNull: Bool) {
        let (element, containsNull) = try element(array)
        guard let type = TypeCoercion.commonType(element, type(value)), !areCompared || EqualValues.canTell(type) else {
            throw FunctionError(
                "DATATYPE_MISMATCH.ARRAY_FUNCTION_DIFF_TYPES",
                "the elements of the array are \(element), and the value of \(name) is \(self.type(value))",
                hint: "write a CAST")
        }
        return (type, containsNull)
    }

    /// The type that the elements of two arrays have in common, and whether there are NULLs in each.
    func commonArrays() throws(FunctionError) -> (type: DataType, left: Bool, right: Bool) {
        guard case .array(let left, let leftNull) = type(0), case .array(let right, let rightNull) = type(1),
            let element = TypeCoercion.commonType(left, right), EqualValues.canTell(element)
        else {
            throw FunctionError(
                "DATATYPE_MISMATCH.BINARY_ARRAY_DIFF_TYPES",
                "\(name) takes two arrays of one type, found \(type(0)) and \(type(1))", hint: "write a CAST")
        }
        return (element, leftNull, rightNull)
    }
}
