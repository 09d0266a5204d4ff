// Statements as they were written.

import SourceText

/// One statement of a script.
package struct SyntaxStatement: Hashable, Sendable {
    package let kind: Kind
    /// From its first to its last token, without the semicolon.
    package let range: TextRange

    package indirect enum Kind: Hashable, Sendable {
        case query(SyntaxQuery)
        case createTable(SyntaxTableDefinition)
        case createView(SyntaxViewDefinition)
        case insert(SyntaxInsert)
        case insertDirectory(SyntaxDirectoryInsert)
        /// `DROP TABLE`, `DROP VIEW`.
        case drop(SyntaxName, isView: Bool, ifExists: Bool)
        /// `SET`, `SET key`, `SET key = value`.
        case set(key: SyntaxWord?, value: SyntaxWord?)
        /// `SET TIME ZONE LOCAL`, `SET TIME ZONE INTERVAL ...`.
        case setTimeZone(SyntaxTimeZone)
        /// `RESET`, `RESET key`.
        case reset(key: SyntaxWord?)
        case showTables(in: SyntaxName?, pattern: String?)
        case showViews(in: SyntaxName?, pattern: String?)
        case showFunctions(pattern: String?, ofUser: Bool)
        case describeTable(SyntaxName, isExtended: Bool)
        case describeFunction(SyntaxWord, isExtended: Bool)
        case describeQuery(SyntaxQuery)
        case explain(SyntaxExplainMode, SyntaxStatement)
    }
}

package enum SyntaxExplainMode: String, Hashable, Sendable {
    case simple = "SIMPLE"
    case extended = "EXTENDED"
}

/// A time zone that has no name.
package enum SyntaxTimeZone: Hashable, Sendable {
    /// The machine's own.
    case local
    /// So far ahead of UTC.
    case offset([SyntaxIntervalPart], range: TextRange)
}

/// A piece of text that is no expression: a key, a value, a format.
package struct SyntaxWord: Hashable, Sendable {
    package let text: String
    package let range: TextRange
}

/// A key and a value of OPTIONS.
package struct SyntaxOption: Hashable, Sendable {
    package let key: SyntaxWord
    package let value: SyntaxWord
}

/// `CREATE TABLE name (columns) USING format OPTIONS (...)`, and the same for a temporary view.
package struct SyntaxTableDefinition: Hashable, Sendable {
    package let name: SyntaxName
    /// Empty where no columns are given.
    package let columns: [SyntaxField]
    package let format: SyntaxWord?
    /// OPTIONS and LOCATION, which is the option `path`.
    package let options: [SyntaxOption]
    /// `PARTITIONED BY (a, b)`.
    package let partitionedBy: [SyntaxWord]
    /// TBLPROPERTIES.
    package let properties: [SyntaxOption]
    package let comment: String?
    /// `AS SELECT ...`.
    package let query: SyntaxQuery?
    package let replaces: Bool
    package let ifNotExists: Bool
}

/// A column of a view: its name, and what is said about it.
package struct SyntaxViewColumn: Hashable, Sendable {
    package let name: String
    package let comment: String?
}

/// `CREATE VIEW name (columns) AS query`.
package struct SyntaxViewDefinition: Hashable, Sendable {
    package let name: SyntaxName
    /// Empty where the query's own names stay.
    package let columns: [SyntaxViewColumn]
    package let comment: String?
    /// TBLPROPERTIES.
    package let properties: [SyntaxOption]
    package let query: SyntaxQuery
    package let isTemporary: Bool
    package let replaces: Bool
    package let ifNotExists: Bool
}

/// `INSERT INTO table (columns) query`.
package struct SyntaxInsert: Hashable, Sendable {
    package let table: SyntaxName
    /// `OVERWRITE`: where it stands.
    package let overwrites: TextRange?
    /// `PARTITION (name = value, name)`.
    package let partition: [SyntaxPartitionColumn]
    /// Empty where the query's columns are all of the table's, in order.
    package let columns: [SyntaxWord]
    /// `BY NAME`.
    package let isByName: Bool
    package let query: SyntaxQuery
}

/// A column of `PARTITION (name = value, name)`.
package struct SyntaxPartitionColumn: Hashable, Sendable {
    package let name: SyntaxWord
    /// A constant; `nil` where the query gives the values.
    package let value: SyntaxExpression?
}

/// `INSERT OVERWRITE DIRECTORY 'path' USING format OPTIONS (...) query`.
package struct SyntaxDirectoryInsert: Hashable, Sendable {
    /// Where DIRECTORY stands.
    package let place: TextRange
    package let format: SyntaxWord
    /// Those of OPTIONS, and the path as the option `path`.
    package let options: [SyntaxOption]
    package let query: SyntaxQuery
}
