// Topics by a regular expression.

import Columns
import Connectors

/// The pattern of `subscribePattern`, in Java's syntax: it has to fit a topic's whole name. Kafka's own topics are
/// never meant.
struct TopicPattern: Sendable, Equatable {
    let text: String
    private let expression: RegularExpression

    /// What brokers keep for themselves.
    private static let internalTopics: Set<String> = [
        "__consumer_offsets", "__transaction_state", "__share_group_state",
    ]

    init(_ text: String) throws(KernelError) {
        self.text = text
        // By itself first: what is no expression alone may be one between brackets.
        _ = try RegularExpression(pattern: text)
        expression = try RegularExpression(pattern: "^(?:\(text))$")
    }

    static func == (left: TopicPattern, right: TopicPattern) -> Bool { left.text == right.text }

    /// Those of these topics that the pattern fits.
    func topics(among names: [String]) throws -> Set<String> {
        let names = names.filter { !Self.internalTopics.contains($0) }
        var column = BytesBuilder(type: .string)
        for name in names { column.append(name) }
        let fits: ColumnVector
        do {
            fits = try expression.matches(column.finish())
        } catch {
            throw ConnectorError(
                .invalidOption, "option 'subscribePattern' '\(text)': \(error.message)", hint: error.hint)
        }
        return Set(names.indices.filter { fits.value(at: $0) == .boolean(true) }.map { names[$0] })
    }
}
