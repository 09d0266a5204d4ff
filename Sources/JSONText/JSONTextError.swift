// Why a text is not JSON, and where.

/// A text that is not JSON: what is wrong and where.
package struct JSONTextError: Error, Equatable, Sendable, CustomStringConvertible {
    /// What is wrong.
    package enum Reason: Equatable, Sendable {
        /// The text ends inside a value.
        case unexpectedEnd
        /// A byte that can't stand here.
        case unexpectedByte(UInt8)
        /// Something follows the value.
        case trailingContent
        /// Bytes that are not UTF-8.
        case invalidUTF8
        /// A control character inside a string that is not escaped.
        case unescapedControlCharacter
        /// A backslash followed by something that is no escape.
        case invalidEscape
        /// An escape for half of a surrogate pair without the other half.
        case loneSurrogate
        /// A number that is written against JSON's rules, such as `01` or `1.`.
        case invalidNumber
        /// A number that no 64 bits can hold: an integer beyond `Int64`, a fraction beyond `Double`, or too many
        /// digits.
        case numberOutOfRange
        /// Arrays and objects nested too deep.
        case tooDeep(limit: Int)
        /// An object that has a key twice.
        case duplicateKey(String)
    }

    package let reason: Reason
    /// Bytes before the place, from 0.
    package let offset: Int
    /// Line of the place, from 1.
    package let line: Int
    /// Bytes of the line up to and including the place, from 1.
    package let column: Int

    init(_ reason: Reason, at offset: Int, in bytes: [UInt8]) {
        let place = min(max(offset, 0), bytes.count)
        let before = bytes[..<place]
        self.reason = reason
        self.offset = place
        self.line = before.count { $0 == 0x0A } + 1
        self.column = place - (before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0) + 1
    }

    /// What is wrong, without the place.
    package var message: String {
        switch reason {
        case .unexpectedEnd: "the text ends inside a value"
        case .unexpectedByte(let byte) where (0x21..<0x7F).contains(byte):
            "unexpected '\(Unicode.Scalar(byte))'"
        case .unexpectedByte(let byte): "unexpected byte \(byte)"
        case .trailingContent: "something follows the value"
        case .invalidUTF8: "bytes that are not UTF-8"
        case .unescapedControlCharacter: "a control character inside a string that is not escaped"
        case .invalidEscape: "an escape that JSON doesn't know"
        case .loneSurrogate: "half of a surrogate pair without the other half"
        case .invalidNumber: "a number that is not written as JSON wants it"
        case .numberOutOfRange: "a number beyond 64 bits"
        case .tooDeep(let limit): "more than \(limit) levels of arrays and objects"
        case .duplicateKey(let key): "the key \(JSONValue.string(key).text) a second time"
        }
    }

    package var description: String { "not JSON: \(message) (line \(line), column \(column))" }
}
