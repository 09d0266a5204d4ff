// Texts, numbers and orders by chance.

import Columns

enum ChanceFunctions {
    static let all: [FunctionDefinition] = [
        FunctionDefinition(
            "randstr", .other, "randstr(length [, seed])", "a text of so many digits and letters by chance", 1...2,
            traits: .isNondeterministic
        ) { (call) throws(FunctionError) in
            let length = try length(call)
            let sequence = try sequence(call, 1)
            return .kernel(
                call.arguments.map(\.type), .string, isNullable: false, ChanceKernels.texts(length, sequence))
        },
        FunctionDefinition(
            "uniform", .other, "uniform(low, high [, seed])",
            "a number by chance from low up to high, both constants; a whole one where both are", 2...3,
            traits: .isNondeterministic
        ) { (call) throws(FunctionError) in
            let sequence = try sequence(call, 2)
            if call.type(0) == .null || call.type(1) == .null { return .rewrite(.cast(.null, .double)) }
            guard let low = try bound(call, 0), let high = try bound(call, 1) else {
                return .rewrite(.cast(.null, try uniformType(call)))
            }
            let type = try uniformType(call)
            return .kernel(
                call.arguments.map(\.type), type, isNullable: true, ChanceKernels.numbers(low, high, type, sequence))
        },
        FunctionDefinition(
            "shuffle", .collection, "shuffle(array [, seed])", "the elements in an order by chance", 1...2,
            traits: .isNondeterministic
        ) { (call) throws(FunctionError) in
            let sequence = try sequence(call, 1)
            if call.type(0) == .null { return .rewrite(.null) }
            _ = try call.element(0)
            let type = call.type(0)
            return .kernel(
                call.arguments.map(\.type), type, isNullable: nil,
                // Each row has an order of its own, of a constant array, too.
                .contextual { (columns, _, _) throws(KernelError) in
                    try ChanceKernels.shuffled(columns[0], type, sequence)
                })
        },
    ]

    /// The sequence of a constant seed, or one that nobody can foretell.
    private static func sequence(_ call: FunctionCall, _ place: Int) throws(FunctionError) -> RandomSequence {
        guard call.arguments.count > place else { return RandomSequence(seed: nil) }
        guard call.type(place).isIntegral || call.type(place) == .null else {
            throw call.unexpected(place, "an integer")
        }
        guard let seed = call.arguments[place].constant else {
            throw FunctionError(
                "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT", "the seed of \(call.name) must be a constant integer")
        }
        return RandomSequence(seed: seed.wholeNumber ?? 0)
    }

    private static func length(_ call: FunctionCall) throws(FunctionError) -> Int {
        guard call.type(0).isIntegral else { throw call.unexpected(0, "an integer") }
        guard let length = call.arguments[0].constant?.wholeNumber else {
            throw FunctionError(
                "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT", "the length of \(call.name) must be a constant INT")
        }
        guard (0...Int64(Int32.max)).contains(length) else {
            throw FunctionError(
                "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
                "the length of \(call.name) must be from 0 to 2147483647 and is \(length)")
        }
        return Int(length)
    }

    /// A bound, `nil` where it is NULL.
    private static func bound(_ call: FunctionCall, _ place: Int) throws(FunctionError) -> Double? {
        guard call.type(place).isNumeric else { throw call.unexpected(place, "a number") }
        guard let constant = call.arguments[place].constant else {
            throw FunctionError(
                "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT", "argument \(place + 1) of \(call.name) must be a constant")
        }
        return constant.number
    }

    /// The wider of both types: of a whole number and another one the other.
    private static func uniformType(_ call: FunctionCall) throws(FunctionError) -> DataType {
        let (a, b) = (call.type(0), call.type(1))
        if a == b { return a }
        if a == .double || b == .double { return .double }
        if a == .float || b == .float { return .float }
        if a.isIntegral, b.isDecimal { return b }
        if a.isDecimal, b.isIntegral { return a }
        return try call.prefix(2).commonType()
    }
}

extension FunctionCall {
    /// The call with its first arguments alone.
    fileprivate func prefix(_ count: Int) -> FunctionCall {
        FunctionCall(name: name, arguments: Array(arguments.prefix(count)), zone: zone)
    }
}

enum ChanceKernels {
    /// Texts of so many digits and letters.
    static func texts(_ length: Int, _ sequence: RandomSequence) -> ScalarKernel {
        .contextual { (_, count, _) throws(KernelError) in
            let (total, isTooLarge) = count.multipliedReportingOverflow(by: length)
            guard !isTooLarge, total <= Int(UInt32.max) else { throw .tooLarge("the texts") }
            var number = sequence.take(total)
            return try Loops.runs(.string, count: count, strict: []) { _, out in
                out.reserve(length)
                for _ in 0..<length {
                    let letter = UInt8(truncatingIfNeeded: sequence.bits(number) % 62)
                    number &+= 1
                    out.write(letter < 10 ? 48 &+ letter : letter < 36 ? 87 &+ letter : 29 &+ letter)
                }
            }
        }
    }

    /// Numbers from `low` up to `high`.
    static func numbers(_ low: Double, _ high: Double, _ type: DataType, _ sequence: RandomSequence) -> ScalarKernel {
        .contextual { (_, count, _) throws(KernelError) in
            let first = sequence.take(count)
            let values = Buffer(capacity: count * 8)
            let out = values.pointer(as: Double.self)
            for row in 0..<count {
                let step = (high - low) * sequence.fraction(first &+ UInt64(truncatingIfNeeded: row))
                out[row] = type.isIntegral ? low + step.rounded(.towardZero) : low + step
            }
            return try CastKernel.cast(
                ColumnVector(type: .double, count: count, values: values), to: type, isTry: true)
        }
    }

    /// Arrays with their elements in orders by chance (Fisher and Yates).
    static func shuffled(
        _ arrays: ColumnVector, _ type: DataType, _ sequence: RandomSequence
    ) throws(KernelError) -> ColumnVector {
        let lists = ListRows(arrays)
        let elements = arrays.children[0]
        var result = ListAssembly(count: arrays.count, elements: elements.count)
        var places: [Int] = []
        for row in 0..<arrays.count {
            guard lists.isValid(row) else {
                result.endNull()
                continue
            }
            places.removeAll(keepingCapacity: true)
            places.append(contentsOf: lists[row])
            let number = sequence.take(places.count)
            for last in stride(from: places.count - 1, to: 0, by: -1) {
                let bits = sequence.bits(number &+ UInt64(truncatingIfNeeded: last))
                places.swapAt(last, Int(bits % UInt64(truncatingIfNeeded: last + 1)))
            }
            for place in places { result.append(place) }
            try result.endList()
        }
        return result.finish(type, from: [elements])
    }
}
