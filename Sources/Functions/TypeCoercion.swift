// Spark 4's ANSI rules: which type two types have in common, and which casts a user may write.

import Columns

package enum TypeCoercion {
    // MARK: Decimals

    /// The decimal with these digits, shortened to 38 as Spark does: at least six digits behind the point stay.
    package static func boundedDecimal(precision: Int, scale: Int) -> DataType {
        if precision <= 38 { return .decimal(precision: max(precision, 1), scale: scale) }
        let whole = precision - scale
        let kept = max(38 - whole, min(scale, 6))
        return .decimal(precision: 38, scale: kept)
    }

    /// The decimal that holds the values of several, shortened to 38 digits behind the point first, so that none
    /// overflows.
    package static func commonDecimal(precision: Int, scale: Int) -> DataType {
        if precision <= 38 { return .decimal(precision: max(precision, 1), scale: scale) }
        return .decimal(precision: 38, scale: max(0, scale - (precision - 38)))
    }

    /// The digits of a type as a decimal, or `nil` where it is no integer and no decimal.
    package static func decimalDigits(_ type: DataType) -> (precision: Int, scale: Int)? {
        switch type {
        case .byte: (3, 0)
        case .short: (5, 0)
        case .integer: (10, 0)
        case .long: (20, 0)
        case .decimal(let precision, let scale): (precision, scale)
        default: nil
        }
    }

    /// The type of an operation on two decimals.
    package static func arithmeticResult(
        _ operation: ArithmeticOperator, _ a: (precision: Int, scale: Int), _ b: (precision: Int, scale: Int)
    ) -> DataType {
        let whole = max(a.precision - a.scale, b.precision - b.scale)
        let scale = max(a.scale, b.scale)
        switch operation {
        case .add, .subtract: return boundedDecimal(precision: whole + scale + 1, scale: scale)
        case .multiply: return boundedDecimal(precision: a.precision + b.precision + 1, scale: a.scale + b.scale)
        case .divide:
            let scale = max(6, a.scale + b.precision + 1)
            return boundedDecimal(precision: a.precision - a.scale + b.scale + scale, scale: scale)
        case .remainder:
            let least = min(a.precision - a.scale, b.precision - b.scale)
            return boundedDecimal(precision: least + scale, scale: scale)
        case .integralDivide: return .long
        }
    }

    // MARK: Common types

    private static let integralOrder: [DataType] = [.byte, .short, .integer, .long]

    /// The type that values of both types are cast to where they meet: in comparisons, CASE, IN, coalesce. `nil` where
    /// they do not meet. Without `castsTexts` a text meets texts alone, inside of others, too.
    package static func commonType(_ a: DataType, _ b: DataType, castsTexts: Bool = true) -> DataType? {
        if a == b { return a }
        if a == .null { return b }
        if b == .null { return a }
        if castsTexts, a == .string, let wider = commonTypeOfString(b) { return wider }
        if castsTexts, b == .string, let wider = commonTypeOfString(a) { return wider }
        if a.isNumeric, b.isNumeric { return commonNumericType(a, b) }
        switch (a, b) {
        case (.timestamp, let other) where other.isDatetime, (let other, .timestamp) where other.isDatetime:
            return .timestamp
        case (.date, .timestampNTZ), (.timestampNTZ, .date): return .timestampNTZ
        case (.time(let x), .time(let y)): return .time(precision: max(x, y))
        case (.yearMonthInterval(let x), .yearMonthInterval(let y)): return .yearMonthInterval(x.union(y))
        case (.dayTimeInterval(let x), .dayTimeInterval(let y)): return .dayTimeInterval(x.union(y))
        case (.array(let x, let xNull), .array(let y, let yNull)):
            return commonType(x, y, castsTexts: castsTexts).map { .array($0, containsNull: xNull || yNull) }
        case (.map(let xKey, let x, let xNull), .map(let yKey, let y, let yNull)):
            guard let key = commonType(xKey, yKey, castsTexts: castsTexts),
                let value = commonType(x, y, castsTexts: castsTexts)
            else { return nil }
            return .map(key: key, value: value, valueContainsNull: xNull || yNull)
        case (.structure(let x), .structure(let y)) where x.count == y.count:
            var fields: [Field] = []
            for (left, right) in zip(x, y) {
                guard left.name.lowercased() == right.name.lowercased(),
                    let type = commonType(left.type, right.type, castsTexts: castsTexts)
                else { return nil }
                fields.append(Field(left.name, type, isNullable: left.isNullable || right.isNullable))
            }
            return .structure(fields)
        default: return nil
        }
    }

    /// The type that values of both types are compared as: of structures the names don't count where all types are the
    /// same.
    package static func comparedType(_ a: DataType, _ b: DataType) -> DataType? {
        if let common = commonType(a, b) { return common }
        return a.isSame(as: b) ? a : nil
    }

    /// What a string is read as where it meets another type.
    private static func commonTypeOfString(_ other: DataType) -> DataType? {
        switch other {
        case .byte, .short, .integer, .long: .long
        case .float, .double, .decimal: .double
        case .boolean, .binary, .date, .timestamp, .timestampNTZ, .time, .yearMonthInterval, .dayTimeInterval: other
        default: nil
        }
    }

    private static func commonNumericType(_ a: DataType, _ b: DataType) -> DataType? {
        if let x = integralOrder.firstIndex(of: a), let y = integralOrder.firstIndex(of: b) {
            return integralOrder[max(x, y)]
        }
        if let x = decimalDigits(a), let y = decimalDigits(b) {
            let scale = max(x.scale, y.scale)
            return commonDecimal(precision: max(x.precision - x.scale, y.precision - y.scale) + scale, scale: scale)
        }
        // An integer or a decimal and a FLOAT would lose digits in FLOAT.
        return .double
    }

    // MARK: Implicit casts

    /// Whether an argument of type `from` may stand where a function takes `to`, by the casts that ANSI mode inserts:
    /// those of an assignment, and texts for all atomic types.
    package static func castsImplicitly(_ from: DataType, to: DataType) -> Bool {
        if from == to || from == .null { return true }
        switch (from, to) {
        case (_, .variant): return false
        case (.string, _): return canCast(.string, to: to)
        case (_, .string): return canCast(from, to: .string) && from.isAtomic
        case (.yearMonthInterval, .yearMonthInterval), (.dayTimeInterval, .dayTimeInterval): return true
        case (.time, .time), (.timestamp, .time), (.timestampNTZ, .time): return true
        case (let x, let y) where x.isDatetime && y.isDatetime: return true
        default: return from.isNumeric && to.isNumeric
        }
    }

    // MARK: Explicit casts

    /// Whether `CAST(from AS to)` is a cast that ANSI mode knows.
    package static func canCast(_ from: DataType, to: DataType) -> Bool { CastKernel.canCast(from: from, to: to) }

    /// Whether it is one that Spark knows without ANSI mode.
    package static func isCastOfLegacyMode(_ from: DataType, to: DataType) -> Bool {
        if canCast(from, to: to) { return true }
        switch (from, to) {
        case (.timestamp, .boolean), (.date, .boolean), (.boolean, .timestamp): return true
        case (.date, let number): return number.isNumeric
        case (let number, .binary): return number.isIntegral
        case (.array(let x, _), .array(let y, _)): return isCastOfLegacyMode(x, to: y)
        case (.map(let key, let value, _), .map(let newKey, let newValue, _)):
            return isCastOfLegacyMode(key, to: newKey) && isCastOfLegacyMode(value, to: newValue)
        case (.structure(let x), .structure(let y)):
            return x.count == y.count && zip(x, y).allSatisfy { isCastOfLegacyMode($0.type, to: $1.type) }
        default: return false
        }
    }
}

extension DataType {
    /// Whether it is the same type but for names of fields and what may be NULL.
    fileprivate func isSame(as other: DataType) -> Bool {
        switch (self, other) {
        case (.array(let x, _), .array(let y, _)): x.isSame(as: y)
        case (.map(let key, let x, _), .map(let otherKey, let y, _)): key.isSame(as: otherKey) && x.isSame(as: y)
        case (.structure(let x), .structure(let y)):
            x.count == y.count && zip(x, y).allSatisfy { $0.type.isSame(as: $1.type) }
        default: self == other
        }
    }

    /// Whether values have no parts.
    package var isAtomic: Bool {
        switch self {
        case .array, .map, .structure, .null: false
        default: true
        }
    }

    /// Whether values are made of others.
    package var isNested: Bool {
        switch self {
        case .array, .map, .structure: true
        default: false
        }
    }

    /// Whether this is a decimal of any precision.
    package var isDecimal: Bool {
        if case .decimal = self { return true }
        return false
    }

    /// Whether values are FLOAT or DOUBLE.
    package var isFractional: Bool { self == .float || self == .double }
}
