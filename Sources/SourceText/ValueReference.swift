// Values that stand elsewhere: `@env:NAME` in the environment, `@file:/path` in a file.

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Finds the values of options that must not stand where the options do: secrets.
package enum ValueReference {
    /// Why there is no value, to be said behind the option's name; the value is never part of it.
    package struct Failure: Error {
        /// `is to come from ..., which is not set`.
        package let message: String
        package let hint: String
    }

    /// Longer values don't exist: 64 KiB.
    private static let longest = 64 * 1024

    /// The value that a text points at, a file's without the line break at its end; the text itself where it points at
    /// none.
    package static func value(
        _ text: String, environment: (String) -> String? = { getenv($0).map { String(cString: $0) } }
    ) throws(Failure) -> String {
        if text.hasPrefix("@env:") {
            let variable = String(text.dropFirst("@env:".count))
            guard let value = environment(variable), !value.isEmpty else {
                throw Failure(
                    message: "is to come from the environment variable \(variable), which is not set",
                    hint: "set it, or write @file:/path for a file")
            }
            return value
        }
        guard text.hasPrefix("@file:") else { return text }
        let path = String(text.dropFirst("@file:".count))
        do throws(TextFile.Failure) {
            var content = try TextFile.read(path, longest: longest)
            while let last = content.last, last.isNewline { content.removeLast() }
            guard !content.isEmpty else { throw TextFile.Failure(reason: "it is empty") }
            return content
        } catch {
            throw Failure(
                message: "is to come from the file \(path): \(error.reason)",
                hint: "the file holds the value alone, and millrace may read it")
        }
    }
}
