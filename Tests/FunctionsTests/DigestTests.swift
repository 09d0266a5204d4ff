// Digests of messages of all lengths around the edges of blocks, beside those that Python's hashlib gives.

import Columns
import Testing

@testable import Functions

@Suite struct DigestTests {
    /// Messages of 0 to 259 bytes, no two of which have the same beginning.
    private static let messages = (0..<260).map { length in (0..<length).map { UInt8(($0 * 7 + length) % 251) } }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
    }

    private static func md5(_ text: String) -> String {
        hexadecimal(Array(text.utf8).withUnsafeBufferPointer { MD5.digest($0) })
    }

    /// hashlib.md5("".join(hashlib.new(name, message).hexdigest() for message in messages).encode()).hexdigest()
    @Test(arguments: [
        ("md5(c)", "f8db531084e2e043713cf19421923f44"), ("sha1(c)", "b10c55c750e419d437ab946596568e47"),
        ("sha2(c, 224)", "5b5fcd6ec3798510041815320cd2b623"), ("sha2(c, 256)", "9d91aaa2f9d844bbeba4c33110547da2"),
        ("sha2(c, 384)", "b2b1458b3a1a612c8f93f75c6e876092"), ("sha2(c, 512)", "25dc7d15c4fdb0a61c31c6f8d81cc8ad"),
    ])
    func digests(_ call: String, _ expected: String) throws {
        let texts = try Self.messages.map { message in
            guard case .string(let text) = try value(call.replacing("c", with: "X'\(Self.hexadecimal(message))'"))
            else { return "NULL" }
            return text
        }
        #expect(Self.md5(texts.joined()) == expected)
    }

    @Test("lanes of MD5 know nothing of one another, nor of NULL")
    func lanes() throws {
        let single = Self.messages.map { message in message.withUnsafeBufferPointer { MD5.digest($0) } }
        // Neighbours of very different lengths, some of them NULL.
        let order = (0..<1_000).map { ($0 * 97 + $0 / 7) % 260 }
        let values = order.enumerated().map { row, place in
            row % 11 == 3 ? Value.null : .binary(Self.messages[place])
        }
        let texts = try MD5.texts(of: ValueColumns.column(of: values, type: .binary))
        #expect(texts.brokenInvariants().isEmpty)
        for (row, place) in order.enumerated() {
            #expect(texts.value(at: row) == (row % 11 == 3 ? .null : .string(Self.hexadecimal(single[place]))))
        }
    }
}
