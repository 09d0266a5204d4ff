// Options by name, the same for readers and writers.

import Columns

/// What takes options by name: readers and writers. Every call gives a new value.
public protocol OptionConfigurable: Sendable {
    /// An option, with Spark's name; `kafka.*` goes to the Kafka client. The same name in other letters is the same
    /// option, and the last call counts.
    func option(_ name: String, _ value: String) -> Self
}

extension OptionConfigurable {
    /// An option that is a whole number.
    public func option(_ name: String, _ value: Int) -> Self { option(name, String(value)) }

    /// An option that is true or false.
    public func option(_ name: String, _ value: Bool) -> Self { option(name, String(value)) }

    /// Several options.
    public func options(_ options: [String: String]) -> Self {
        options.reduce(self) { $0.option($1.key, $1.value) }
    }
}

/// Which kind of source or sink is meant, and with which options.
struct ConnectorChoice: Sendable {
    var format: String?
    /// The columns that the user gives, or what is wrong with the text that they are given in.
    var schema: Result<Schema, MillraceError>?
    private(set) var options: [String: String] = [:]

    /// The format that is named; where only a path is, Spark's usual one.
    var formatOrUsual: String? {
        format ?? (path == nil ? nil : "parquet")
    }

    /// The option `path`.
    var path: String? { options.first { $0.key.lowercased() == "path" }?.value }

    mutating func set(_ name: String, _ value: String) {
        _ = take(name)
        options[name] = value
    }

    /// The option's value, which is no longer among the options.
    mutating func take(_ name: String) -> String? {
        let folded = name.lowercased()
        guard let known = options.keys.first(where: { $0.lowercased() == folded }) else { return nil }
        return options.removeValue(forKey: known)
    }
}
