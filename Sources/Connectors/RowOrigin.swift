// Where a row comes from, and what it was there: for people who look for a bad row.

/// Where a row stands in its source.
package struct RowOrigin: Hashable, Sendable, CustomStringConvertible {
    /// In words: `offset 7 of partition 0 of topic 'events'`.
    package let description: String
    /// The same in parts, such as `topic`, `partition` and `offset`.
    package let parts: [Part]

    /// A part of the place.
    package struct Part: Hashable, Sendable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package init(_ description: String, parts: [Part]) {
        self.description = description
        self.parts = parts
    }

    /// A line of a file, or the file alone.
    package init(file: String, line: Int? = nil) {
        self.init(
            line.map { "line \($0) of \(file)" } ?? file,
            parts: [Part("file", file)] + (line.map { [Part("line", String($0))] } ?? []))
    }

    /// A row by its number among those of something.
    package init(row: Int, of source: String) {
        self.init("row \(row) of \(source)", parts: [Part("name", source), Part("row", String(row))])
    }
}

/// A message as it came, of which a source has made a row.
package struct OriginalMessage: Sendable {
    package let key: [UInt8]?
    package let value: [UInt8]?
    /// Those that the query reads.
    package let headers: [MessageHeader]

    package init(key: [UInt8]?, value: [UInt8]?, headers: [MessageHeader] = []) {
        self.key = key
        self.value = value
        self.headers = headers
    }
}

/// A header of a message.
package struct MessageHeader: Hashable, Sendable {
    package let name: String
    package let value: [UInt8]?

    package init(_ name: String, _ value: [UInt8]?) {
        self.name = name
        self.value = value
    }

    /// A header with a text.
    package init(_ name: String, text: String) { self.init(name, Array(text.utf8)) }
}

/// A row that has left its stream because an expression has no value for it: the message that it was, or the row as
/// JSON, with headers that say what was wrong and where it came from.
package struct DeadLetter: Sendable {
    package let key: [UInt8]?
    package let value: [UInt8]?
    package let headers: [MessageHeader]

    package init(key: [UInt8]?, value: [UInt8]?, headers: [MessageHeader]) {
        self.key = key
        self.value = value
        self.headers = headers
    }

    /// Bytes of memory that it takes, about.
    package var memoryBytes: Int {
        headers.reduce(256 + (key?.count ?? 0) + (value?.count ?? 0)) {
            $0 + 64 + $1.name.utf8.count + ($1.value?.count ?? 0)
        }
    }
}
