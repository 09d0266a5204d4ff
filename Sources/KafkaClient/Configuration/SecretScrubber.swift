// Takes the values of secrets out of any text before it leaves KafkaClient.

/// Replaces known secrets, and their base64 forms, in text by `[redacted]`.
///
/// librdkafka echoes refused values in its error text and some properties in its debug log, so that every text that
/// comes from it goes through here.
package struct SecretScrubber: Sendable, CustomStringConvertible, CustomReflectable {
    private let needles: [[UInt8]]
    private static let replacement = Array("[redacted]".utf8)

    /// Takes the values of secret properties; a PEM block counts line by line, since errors quote single lines.
    package init(secrets: [String]) {
        var needles: Set<[UInt8]> = []
        for secret in secrets where !secret.isEmpty {
            let bytes = Array(secret.utf8)
            needles.insert(bytes)
            needles.insert(Self.base64(bytes))
            for line in secret.split(whereSeparator: \.isNewline)
            where line.utf8.count >= 16 && !line.hasPrefix("-----") {
                needles.insert(Array(line.utf8))
            }
        }
        // Longest first: a secret that is part of another must not cut it in two.
        self.needles = needles.sorted { ($0.count, $0.lexicographic) > ($1.count, $1.lexicographic) }
    }

    /// `text` without secrets.
    package func scrub(_ text: String) -> String {
        guard !needles.isEmpty else { return text }
        var bytes = Array(text.utf8)
        for needle in needles { bytes = Self.replacing(needle, in: bytes) }
        return String(decoding: bytes, as: UTF8.self)
    }

    package var description: String { "SecretScrubber" }
    package var customMirror: Mirror { Mirror(self, children: []) }

    private static func replacing(_ needle: [UInt8], in text: [UInt8]) -> [UInt8] {
        guard text.count >= needle.count else { return text }
        var output: [UInt8] = []
        var index = 0
        while index < text.count {
            if text[index] == needle[0], text[index...].starts(with: needle) {
                output += replacement
                index += needle.count
            } else {
                output.append(text[index])
                index += 1
            }
        }
        return output
    }

    private static func base64(_ bytes: [UInt8]) -> [UInt8] {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
        var output: [UInt8] = []
        var index = 0
        while index < bytes.count {
            let left = bytes.count - index
            let group =
                UInt32(bytes[index]) << 16 | (left > 1 ? UInt32(bytes[index + 1]) << 8 : 0)
                | (left > 2 ? UInt32(bytes[index + 2]) : 0)
            output.append(alphabet[Int(group >> 18) & 63])
            output.append(alphabet[Int(group >> 12) & 63])
            output.append(left > 1 ? alphabet[Int(group >> 6) & 63] : UInt8(ascii: "="))
            output.append(left > 2 ? alphabet[Int(group) & 63] : UInt8(ascii: "="))
            index += 3
        }
        return output
    }
}

extension [UInt8] {
    /// Orders needles of one length, so that scrubbing does not depend on hashing.
    fileprivate var lexicographic: String { String(decoding: self, as: UTF8.self) }
}
