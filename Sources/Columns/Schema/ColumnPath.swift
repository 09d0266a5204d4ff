// A column, or a field of one.

/// A column by its name, or a field of a structure in it by the names on the way there.
package struct ColumnPath: Hashable, Sendable, ExpressibleByStringLiteral {
    package let column: String
    /// Of the structures from the outermost one on; none for the column itself.
    package let fields: [String]

    /// A column, or a field in it.
    package init(_ column: String, _ fields: [String] = []) {
        self.column = column
        self.fields = fields
    }

    package init(stringLiteral column: String) { self.init(column) }

    /// A field of the structure that this is.
    package func field(_ name: String) -> ColumnPath { ColumnPath(column, fields + [name]) }

    /// In small letters, as names are looked for: their case doesn't count.
    package var folded: ColumnPath { ColumnPath(column.lowercased(), fields.map { $0.lowercased() }) }
}

extension ColumnPath: CustomStringConvertible {
    /// The names with points between them; one that isn't of letters, digits and underscores alone is quoted, as Spark
    /// does.
    package var description: String { ([column] + fields).map(Self.quoted).joined(separator: ".") }

    private static func quoted(_ name: String) -> String {
        let isPlain = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
                true
            default: false
            }
        }
        if isPlain, name.utf8.contains(where: { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) { return name }
        // A backtick in it is written twice.
        return "`" + name.split(separator: "`", omittingEmptySubsequences: false).joined(separator: "``") + "`"
    }
}
