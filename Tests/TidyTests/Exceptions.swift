// The files that may do what a rule forbids, each with the reason.

/// A file that a rule doesn't apply to.
struct Exception: Sendable {
    let rule: Rule
    let file: String
    let reason: String

    init(_ rule: Rule, _ file: String, _ reason: String) {
        self.rule = rule
        self.file = file
        self.reason = reason
    }
}

/// All exceptions. A row that is no longer needed fails the tests, so that the list only holds what is true.
enum Exceptions {
    static let all: [Exception] = [
        Exception(
            .noUncheckedSendability, "Sources/Columns/Storage/Buffer.swift",
            "written by one builder before it is shared, immutable from then on"),
        Exception(
            .noUncheckedSendability, "Sources/Columns/Storage/ColumnVector.swift",
            "made of buffers that are immutable once shared"),
    ]
}
