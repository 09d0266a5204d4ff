// Conditions on columns, for those who know of many values only between which two they lie.

/// What must be true of a row, or nobody counts it. Whether a row counts that passes is seen elsewhere: who finds that
/// this can be true of none of many rows may leave all of them out.
package indirect enum ColumnPredicate: Hashable, Sendable {
    /// What one column, or a field of a structure in it, must be.
    case column(ColumnPath, Test)
    case all([ColumnPredicate])
    case any([ColumnPredicate])

    /// What is asked of a value.
    package enum Test: Hashable, Sendable {
        /// By one of the six comparisons that NULL is never true of. The constant may be of another type, if both are
        /// numbers.
        case compares(ComparisonOperator, Value)
        /// Equal to one of some constants.
        case isIn([Value])
        case startsWith(String)
        case isNull
        case isNotNull
    }

    /// Whether there may be a row of which it is true, where this is known of the columns; `nil` is nothing.
    package func mayHold(_ known: (ColumnPath) -> KnownValues?) -> Bool {
        switch self {
        case .column(let path, let test): known(path).map { test.mayHold(of: $0) } ?? true
        case .all(let parts): parts.allSatisfy { $0.mayHold(known) }
        case .any(let parts): parts.contains { $0.mayHold(known) }
        }
    }

    /// The columns and fields that it asks about.
    package var columns: Set<ColumnPath> {
        switch self {
        case .column(let path, _): [path]
        case .all(let parts), .any(let parts): parts.reduce(into: []) { $0.formUnion($1.columns) }
        }
    }
}

/// What is known of the values of a column in some rows.
package struct KnownValues: Sendable {
    /// No value is less, and none is greater; of NaN, which is greater than all numbers, they say nothing.
    package var least: OrderedValue?
    package var greatest: OrderedValue?
    package var mayBeNull = true
    /// Whether there may be a value that isn't NULL.
    package var mayBeThere = true
    package var mayBeNaN = true
    /// All values that there are but NULL; `nil` where they aren't known.
    package var all: [OrderedValue]?
    /// Values that are certainly not there.
    package var absent: Set<OrderedValue> = []

    /// Nothing.
    package init() {}

    /// All values are NULL.
    package static var onlyNull: KnownValues {
        var known = KnownValues()
        known.mayBeThere = false
        return known
    }

    /// Every value is this one.
    package init(only value: Value) {
        mayBeNull = value.isNull
        mayBeThere = !value.isNull
        if let value = OrderedValue(value) { all = [value] }
    }
}

extension ColumnPredicate.Test {
    /// Whether there may be a value of which it is true.
    package func mayHold(of known: KnownValues) -> Bool {
        if self == .isNull { return known.mayBeNull }
        guard known.mayBeThere else { return false }
        if let all = known.all { return all.contains { mayHold(least: $0, greatest: $0, mayBeNaN: false) } }
        return without(known.absent)?.mayHold(
            least: known.least, greatest: known.greatest, mayBeNaN: known.mayBeNaN) ?? false
    }

    /// The values that rows of which it is true must be equal to one of; `nil` where they may be others.
    package var soughtValues: [Value]? {
        switch self {
        case .compares(.equal, let value), .compares(.nullSafeEqual, let value): [value]
        case .isIn(let values): values
        default: nil
        }
    }

    /// What is left to be asked where some values aren't there; `nil` where nothing is.
    private func without(_ absent: Set<OrderedValue>) -> ColumnPredicate.Test? {
        guard !absent.isEmpty, let sought = soughtValues else { return self }
        let left = sought.filter { OrderedValue($0).map { !absent.contains($0) } ?? true }
        if left.isEmpty { return nil }
        return left.count == sought.count ? self : .isIn(left)
    }

    private func mayHold(least: OrderedValue?, greatest: OrderedValue?, mayBeNaN: Bool) -> Bool {
        switch self {
        case .isNull, .isNotNull: return true
        case .compares(let operation, let constant):
            guard let constant = OrderedValue(constant) else { return true }
            return Self.mayHold(operation, constant, least, greatest, mayBeNaN)
        case .isIn(let constants):
            return constants.contains { constant in
                OrderedValue(constant).map { Self.mayHold(.equal, $0, least, greatest, mayBeNaN) } ?? true
            }
        case .startsWith(let text):
            let start = Array(text.utf8)
            if case .bytes(let greatest)? = greatest, greatest.lexicographicallyPrecedes(start) { return false }
            guard case .bytes(let least)? = least, start.lexicographicallyPrecedes(least) else { return true }
            return least.starts(with: start)
        }
    }

    private static func mayHold(
        _ operation: ComparisonOperator, _ constant: OrderedValue, _ least: OrderedValue?, _ greatest: OrderedValue?,
        _ mayBeNaN: Bool
    ) -> Bool {
        // Where two can't be compared, nothing is known.
        let low = least.flatMap { $0.order(constant) }
        let high = greatest.flatMap { $0.order(constant) }
        // A NaN that the bounds know nothing of is equal to the constant, or greater.
        let mayBeEqualNaN = mayBeNaN && constant.isNaN
        let mayBeGreaterNaN = mayBeNaN && !constant.isNaN
        switch operation {
        case .equal, .nullSafeEqual: return mayBeEqualNaN || (low ?? 0) <= 0 && (high ?? 0) >= 0
        case .notEqual: return true
        case .less: return (low ?? -1) < 0
        case .lessOrEqual: return mayBeEqualNaN || (low ?? 0) <= 0
        case .greater: return mayBeGreaterNaN || (high ?? 1) > 0
        case .greaterOrEqual: return mayBeGreaterNaN || mayBeEqualNaN || (high ?? 0) >= 0
        }
    }
}

/// A value in the order that comparisons have: numbers of any type among each other, runs of bytes by their bytes.
package enum OrderedValue: Hashable, Sendable {
    /// An integer, a time, a boolean, or a decimal: `unscaled` × 10^(-`scale`).
    case number(Int128, scale: Int)
    case float(Double)
    case bytes([UInt8])

    /// The value; `nil` for NULL, and for what has parts.
    package init?(_ value: Value) {
        switch value {
        case .boolean(let value): self = .number(value ? 1 : 0, scale: 0)
        case .byte(let value): self = .number(Int128(value), scale: 0)
        case .short(let value): self = .number(Int128(value), scale: 0)
        case .integer(let value): self = .number(Int128(value), scale: 0)
        case .long(let value): self = .number(Int128(value), scale: 0)
        case .date(let value): self = .number(Int128(value), scale: 0)
        case .timestamp(let value): self = .number(Int128(value), scale: 0)
        case .timestampNTZ(let value): self = .number(Int128(value), scale: 0)
        case .time(let value): self = .number(Int128(value), scale: 0)
        case .yearMonthInterval(let value, _): self = .number(Int128(value), scale: 0)
        case .dayTimeInterval(let value, _): self = .number(Int128(value), scale: 0)
        case .decimal(let unscaled, let scale): self = .number(unscaled, scale: scale)
        case .float(let value): self = .float(Double(value))
        case .double(let value): self = .float(value)
        case .string(let value): self = .bytes(Array(value.utf8))
        case .binary(let value): self = .bytes(value)
        case .null, .variant, .array, .map, .structure: return nil
        }
    }

    /// Whether it is a number that is none.
    package var isNaN: Bool {
        if case .float(let number) = self { number.isNaN } else { false }
    }

    /// Below zero where this is less than the other value, above where it is greater; `nil` where they can't be
    /// compared. NaN is greater than all numbers and equal to itself, and both zeros are equal.
    package func order(_ other: OrderedValue) -> Int? {
        switch (self, other) {
        case (.number(let one, let scale), .number(let two, let otherScale)):
            guard let left = Self.scaled(one, by: otherScale - scale),
                let right = Self.scaled(two, by: scale - otherScale)
            else { return nil }
            return left < right ? -1 : left > right ? 1 : 0
        case (.float(let one), .float(let two)): return Self.order(one, two)
        // As the integer is cast to a DOUBLE.
        case (.number(let one, scale: 0), .float(let two)): return Self.order(Double(one), two)
        case (.float(let one), .number(let two, scale: 0)): return Self.order(one, Double(two))
        case (.bytes(let one), .bytes(let two)):
            return one.lexicographicallyPrecedes(two) ? -1 : two.lexicographicallyPrecedes(one) ? 1 : 0
        default: return nil
        }
    }

    /// The number times 10^`digits`, where it is one without a rest; `nil` elsewhere.
    package func unscaled(by digits: Int) -> Int128? {
        guard case .number(let number, let scale) = self else { return nil }
        guard scale > digits else { return Self.scaled(number, by: digits - scale) }
        guard let unit = Self.scaled(1, by: scale - digits), number % unit == 0 else { return nil }
        return number / unit
    }

    private static func order(_ one: Double, _ two: Double) -> Int {
        if one.isNaN || two.isNaN { return (one.isNaN ? 1 : 0) - (two.isNaN ? 1 : 0) }
        return one < two ? -1 : one > two ? 1 : 0
    }

    /// The number with so many digits more behind the point, where that is more than none; `nil` beyond what fits.
    private static func scaled(_ number: Int128, by digits: Int) -> Int128? {
        var result = number
        for _ in 0..<max(digits, 0) {
            let (product, overflow) = result.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            result = product
        }
        return result
    }
}

extension ColumnPredicate: CustomStringConvertible {
    /// As Spark writes filters that it gives to sources.
    package var description: String {
        switch self {
        case .column(let path, let test): return test.text(of: path.description)
        case .all(let parts): return Self.text("And", parts)
        case .any(let parts): return Self.text("Or", parts)
        }
    }

    private static func text(_ name: String, _ parts: [ColumnPredicate]) -> String {
        guard let first = parts.first else { return name == "And" ? "AlwaysTrue" : "AlwaysFalse" }
        return parts.dropFirst().reduce(first.description) { "\(name)(\($0),\($1))" }
    }
}

extension ColumnPredicate.Test {
    fileprivate func text(of name: String) -> String {
        switch self {
        case .compares(let operation, let value):
            let word =
                switch operation {
                case .equal: "EqualTo"
                case .nullSafeEqual: "EqualNullSafe"
                case .notEqual: "Not(EqualTo"
                case .less: "LessThan"
                case .lessOrEqual: "LessThanOrEqual"
                case .greater: "GreaterThan"
                case .greaterOrEqual: "GreaterThanOrEqual"
                }
            return "\(word)(\(name),\(value))" + (operation == .notEqual ? ")" : "")
        case .isIn(let values): return "In(\(name), [\(values.map(\.description).joined(separator: ","))])"
        case .startsWith(let text): return "StringStartsWith(\(name),\(text))"
        case .isNull: return "IsNull(\(name))"
        case .isNotNull: return "IsNotNull(\(name))"
        }
    }
}
