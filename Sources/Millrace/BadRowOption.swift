// The option that says what becomes of rows that an expression has no value for.

import Connectors
import QueryRuntime

/// The option `badRows` of a stream's writer and of the table that it writes to, and which sinks can do what it says.
enum BadRowOption {
    static let name = "badRows"

    /// What a table that takes rows knows besides the options of its format.
    static let table = OptionTable(
        "a table", [OptionEntry(name, "what becomes of rows that raise an error: fail, null or dead-letter")])

    /// What the option says; `nil` where it isn't set.
    static func take(_ choice: inout ConnectorChoice) throws -> BadRowHandling? {
        try choice.take(name).map(handling)
    }

    /// What the text of an option asks for.
    static func handling(_ text: String) throws(MillraceError) -> BadRowHandling {
        guard let handling = BadRowHandling(rawValue: text.lowercased()) else {
            throw refused("option '\(name)' is '\(text)'", hint: "it takes fail, null or dead-letter")
        }
        return handling
    }

    /// Refuses a sink that has no place for dead letters where there are to be some, or one that has a place for them
    /// where there are none.
    static func check(_ handling: BadRowHandling, _ sink: any BatchSink, provider: SinkProvider?) throws {
        let option = (sink as? any TransactionalSink)?.badRowsOption
        if handling == .deadLetter {
            guard option == nil else { return }
            let knows = provider?.options.knows("badRowsTopic") ?? false
            throw refused(
                "\(name) is dead-letter, and \(sink.description) "
                    + (knows ? "has no option 'badRowsTopic'" : "has no transaction that takes bad rows along"),
                hint: knows
                    ? "name a topic for them that is there: badRowsTopic"
                    : "write to kafka with the option 'badRowsTopic', or set \(name) to null or fail")
        }
        if let option {
            throw refused(
                "option '\(option)' is set, and \(name) is \(handling.rawValue)",
                hint: "set \(name) to dead-letter, or leave \(option) out")
        }
    }

    private static func refused(_ message: String, hint: String) -> MillraceError {
        MillraceError(code: "INVALID_OPTION", message: message, hint: hint, kind: .query)
    }
}
