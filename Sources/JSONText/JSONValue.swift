// A JSON value in memory: what our files, progress reports and offsets are made of.

/// A JSON value. Objects keep the order of their keys, so that what is printed reads as it was built.
///
/// Not made for rows: those are decoded straight into columns.
package enum JSONValue: Sendable {
    case null
    case bool(Bool)
    /// A number without fraction and exponent.
    case integer(Int64)
    /// Any other number. Not finite ones print as strings, see `text`.
    case number(Double)
    case string(String)
    case array([JSONValue])
    /// Members in order. The parser delivers each key once; of keys that code adds twice, the first counts.
    case object([(key: String, value: JSONValue)])
}

extension JSONValue {
    /// The member `key`, or `nil` where there is none or this is no object.
    package subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        for member in members where sameBytes(member.key, key) { return member.value }
        return nil
    }

    /// The element at `index`, or `nil` where there is none or this is no array.
    package subscript(index: Int) -> JSONValue? {
        guard case .array(let elements) = self, elements.indices.contains(index) else { return nil }
        return elements[index]
    }

    /// Whether this is `null`.
    package var isNull: Bool {
        if case .null = self { true } else { false }
    }

    /// The truth value, where this is one.
    package var boolValue: Bool? {
        if case .bool(let value) = self { value } else { nil }
    }

    /// The integer, where this is one.
    package var integerValue: Int64? {
        if case .integer(let value) = self { value } else { nil }
    }

    /// The number, where this is one; integers beyond 2^53 are rounded.
    package var doubleValue: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// The string, where this is one.
    package var stringValue: String? {
        if case .string(let value) = self { value } else { nil }
    }

    /// The elements, where this is an array.
    package var arrayValue: [JSONValue]? {
        if case .array(let elements) = self { elements } else { nil }
    }

    /// The members in order, where this is an object.
    package var objectValue: [(key: String, value: JSONValue)]? {
        if case .object(let members) = self { members } else { nil }
    }
}

extension JSONValue: Equatable {
    /// Equal as JSON: the order of an object's keys doesn't count; `1` and `1.0` differ.
    package static func == (left: JSONValue, right: JSONValue) -> Bool {
        switch (left, right) {
        case (.null, .null): true
        case (.bool(let first), .bool(let second)): first == second
        case (.integer(let first), .integer(let second)): first == second
        case (.number(let first), .number(let second)): first == second
        case (.string(let first), .string(let second)): sameBytes(first, second)
        case (.array(let first), .array(let second)): first == second
        case (.object(let first), .object(let second)): sameMembers(first, second)
        default: false
        }
    }

    private static func sameMembers(
        _ first: [(key: String, value: JSONValue)], _ second: [(key: String, value: JSONValue)]
    ) -> Bool {
        guard first.count == second.count else { return false }
        if zip(first, second).allSatisfy({ sameBytes($0.key, $1.key) }) {
            return zip(first, second).allSatisfy { $0.value == $1.value }
        }
        let byKey = Dictionary(second.map { (Array($0.key.utf8), $0.value) }, uniquingKeysWith: { first, _ in first })
        return byKey.count == second.count && Set(first.map { Array($0.key.utf8) }).count == first.count
            && first.allSatisfy { byKey[Array($0.key.utf8)] == $0.value }
    }
}

/// Strings as JSON compares them: Swift's own `==` also takes "e with accent" for "e" followed by "accent".
private func sameBytes(_ first: String, _ second: String) -> Bool { first.utf8.elementsEqual(second.utf8) }

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(nilLiteral: ()) { self = .null }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(floatLiteral value: Double) { self = .number(value) }
    package init(stringLiteral value: String) { self = .string(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(elements.map { (key: $0.0, value: $0.1) })
    }
}

extension JSONValue: CustomStringConvertible {
    package var description: String { text }
}
