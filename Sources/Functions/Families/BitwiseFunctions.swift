// Bits of integers: operators, which have no names that can be called.

import Columns

enum BitwiseFunctions {
    /// By their marks.
    static let operators: [String: FunctionDefinition] = [
        "&": binary("&", "the bits that both have", .and), "|": binary("|", "the bits that either has", .or),
        "^": binary("^", "the bits that one of both has", .exclusiveOr), "~": not,
        "<<": shift("<<", "shiftleft"), ">>": shift(">>", "shiftright"), ">>>": shift(">>>", "shiftrightunsigned"),
    ]

    /// The mark of a function with a name.
    private static func shift(_ mark: String, _ name: String) -> FunctionDefinition {
        FunctionDefinition(
            mark, .math, "number \(mark) bits", "\(name)(number, bits)", 2...2,
            columnText: { "(\($0[0]) \(mark) \($0[1]))" }, is: .call(name, [.argument(0), .argument(1)]))
    }

    private enum Operation {
        case and, or, exclusiveOr
    }

    private static func binary(_ name: String, _ summary: String, _ operation: Operation) -> FunctionDefinition {
        FunctionDefinition(
            name, .math, "a \(name) b", summary, 2...2, columnText: { "(\($0[0]) \(name) \($0[1]))" }
        ) { (call) throws(FunctionError) in
            let type = try call.commonType()
            guard type.isIntegral || type == .null else { throw call.unexpected(0, "an integer") }
            let kept = type == .null ? .integer : type
            return .kernel([kept, kept], kept, isNullable: nil, kernel(kept, operation))
        }
    }

    private static let not = FunctionDefinition(
        "~", .math, "~a", "the bits that it has not", 1...1, columnText: { "~\($0[0])" }
    ) { (call) throws(FunctionError) in
        guard call.type(0).isIntegral || call.type(0) == .null else { throw call.unexpected(0, "an integer") }
        let type = call.type(0) == .null ? DataType.integer : call.type(0)
        return .kernel(
            [type], type, isNullable: nil,
            .unary { column in
                switch type {
                case .byte: inverted(Int8.self, column)
                case .short: inverted(Int16.self, column)
                case .integer: inverted(Int32.self, column)
                default: inverted(Int64.self, column)
                }
            })
    }

    private static func inverted<T: FixedWidthInteger & BitwiseCopyable>(
        _: T.Type, _ column: ColumnVector
    ) -> ColumnVector {
        let values = column.slots(as: T.self)
        return Loops.slots(column.type, [column], as: T.self) { ~values[$0] }
    }

    private static func kernel(_ type: DataType, _ operation: Operation) -> ScalarKernel {
        .binary { left, right in
            switch type {
            case .byte: combined(Int8.self, operation, left, right)
            case .short: combined(Int16.self, operation, left, right)
            case .integer: combined(Int32.self, operation, left, right)
            default: combined(Int64.self, operation, left, right)
            }
        }
    }

    private static func combined<T: FixedWidthInteger & BitwiseCopyable>(
        _: T.Type, _ operation: Operation, _ left: ColumnVector, _ right: ColumnVector
    ) -> ColumnVector {
        let (a, b) = (left.slots(as: T.self), right.slots(as: T.self))
        switch operation {
        case .and: return Loops.slots(left.type, [left, right], as: T.self) { a[$0] & b[$0] }
        case .or: return Loops.slots(left.type, [left, right], as: T.self) { a[$0] | b[$0] }
        case .exclusiveOr: return Loops.slots(left.type, [left, right], as: T.self) { a[$0] ^ b[$0] }
        }
    }
}
