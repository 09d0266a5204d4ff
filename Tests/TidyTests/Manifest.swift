// Reads target names and dependencies out of Package.swift's text.

/// The package's manifest, as far as arrows go.
enum Manifest {
    /// The targets under `Sources` (no tests, and none with a path of its own), each with its dependencies.
    static func targets(_ manifest: String) -> [String: [String]] {
        var found: [String: [String]] = [:]
        for kind in [".target(", ".executableTarget(", ".systemLibrary("] {
            for call in calls(of: kind, in: manifest) where string(after: "path:", in: call) == nil {
                guard let name = string(after: "name:", in: call) else { continue }
                found[name] = strings(after: "dependencies:", in: call)
            }
        }
        return found
    }

    /// The arguments of each call, up to the parenthesis that closes it.
    private static func calls(of name: String, in text: String) -> [Substring] {
        var found: [Substring] = []
        var rest = text[...]
        while let start = rest.firstRange(of: name)?.upperBound {
            var depth = 1
            let end = rest[start...].firstIndex { character in
                if character == "(" { depth += 1 }
                if character == ")" { depth -= 1 }
                return depth == 0
            }
            found.append(rest[start..<(end ?? rest.endIndex)])
            rest = rest[start...]
        }
        return found
    }

    private static func string(after label: String, in call: Substring) -> String? {
        guard let start = call.firstRange(of: label)?.upperBound else { return nil }
        let parts = call[start...].split(separator: "\"", maxSplits: 2, omittingEmptySubsequences: false)
        return parts.count > 1 ? String(parts[1]) : nil
    }

    private static func strings(after label: String, in call: Substring) -> [String] {
        guard let start = call.firstRange(of: label)?.upperBound else { return [] }
        let list = call[start...].prefix { $0 != "]" }
        let parts = list.split(separator: "\"", omittingEmptySubsequences: false)
        return parts.indices.filter { $0 % 2 == 1 }.map { String(parts[$0]) }
    }
}
