// INSERT: into tables, their partitions, and directories.

import SourceText

extension SyntaxParser {
    /// `INSERT INTO [TABLE] t [PARTITION (p = 1, q)] [(a, b)] query`, `INSERT INTO t BY NAME query`, `INSERT OVERWRITE
    /// [TABLE] t ...`, `INSERT OVERWRITE [LOCAL] DIRECTORY ...`.
    mutating func parseInsert(behind common: SyntaxCommonTables) throws(SQLDiagnostic) -> SyntaxStatement.Kind {
        eat()
        var overwrites: TextRange?
        if at(keyword: .overwrite) {
            overwrites = current.range
            eat()
            if directoryFollows { return .insertDirectory(try parseDirectory(behind: common)) }
        } else {
            try expect(keyword: .into)
        }
        if at(keyword: .table), peek().kind != .symbol(.dot) {
            switch peek().kind {
            case .word, .quotedName: if peek().keyword != .select && peek().keyword != .values { eat() }
            default: break
            }
        }
        let table = try parseTableName()
        let partition = try parsePartition()
        if at(keyword: .replace), peek().keyword == .where { throw unsupported("REPLACE WHERE is") }
        var columns: [SyntaxWord] = []
        var isByName = false
        if at(keywords: .by, .name) {
            eat()
            eat()
            isByName = true
        } else if at(symbol: .leftParenthesis), !queryStarts(in: 0) {
            eat()
            columns = try list { (parser) throws(SQLDiagnostic) in
                let place = parser.current.range
                return SyntaxWord(text: try parser.expectName("the name of a column"), range: place)
            }
            try expect(symbol: .rightParenthesis)
        }
        let query = try parseQuery()
        return .insert(
            SyntaxInsert(
                table: table, overwrites: overwrites, partition: partition, columns: columns, isByName: isByName,
                query: query.with(common)))
    }

    // MARK: Partitions

    /// `PARTITION (p = 1, q)`; empty where there is none.
    private mutating func parsePartition() throws(SQLDiagnostic) -> [SyntaxPartitionColumn] {
        guard at(keyword: .partition), peek().kind == .symbol(.leftParenthesis) else { return [] }
        eat()
        eat()
        var seen: Set<String> = []
        let columns = try list { (parser) throws(SQLDiagnostic) in
            let column = try parser.parsePartitionColumn()
            guard seen.insert(column.name.text.lowercased()).inserted else {
                throw SQLDiagnostic(
                    code: "DUPLICATE_KEY", "found duplicate keys: \(column.name.text)", at: column.name.range,
                    hint: "name each column once")
            }
            return column
        }
        guard take(symbol: .rightParenthesis) else { throw unexpected("',' or ')'") }
        if at(keyword: .if) {
            throw unsupported("IF NOT EXISTS behind PARTITION is", hint: "INSERT INTO writes beside what is there")
        }
        return columns
    }

    private mutating func parsePartitionColumn() throws(SQLDiagnostic) -> SyntaxPartitionColumn {
        let place = current.range
        let name = SyntaxWord(text: try expectName("the name of a column"), range: place)
        guard take(symbol: .equal) else { return SyntaxPartitionColumn(name: name, value: nil) }
        let value = try parseExpression()
        switch value.kind {
        case .literal: break
        case .unary(_, let operand):
            guard case .literal = operand.kind else { fallthrough }
        default:
            throw SQLDiagnostic(
                "the value of a partition is a constant", at: value.range,
                hint: "a column that the query gives has a name alone: PARTITION (\(name.text))")
        }
        return SyntaxPartitionColumn(name: name, value: value)
    }

    // MARK: Directories

    /// Whether DIRECTORY stands here, and not a table of this name.
    private var directoryFollows: Bool {
        if at(word: "LOCAL", ahead: 0) { return at(word: "DIRECTORY", ahead: 1) }
        guard at(word: "DIRECTORY", ahead: 0) else { return false }
        if case .string = peek().kind { return true }
        return peek().keyword == .using
    }

    private func at(word: String, ahead: Int) -> Bool {
        guard case .word(let text) = (ahead == 0 ? current : peek(ahead)).kind else { return false }
        return text.uppercased() == word
    }

    /// `[LOCAL] DIRECTORY ['path'] USING format [OPTIONS (...)] query`: paths are local in any case.
    private mutating func parseDirectory(
        behind common: SyntaxCommonTables
    ) throws(SQLDiagnostic) -> SyntaxDirectoryInsert {
        if at(word: "LOCAL", ahead: 0) { eat() }
        let place = current.range
        eat()
        var options: [SyntaxOption] = []
        if case .string(let path) = current.kind {
            options.append(
                SyntaxOption(
                    key: SyntaxWord(text: "path", range: place), value: SyntaxWord(text: path, range: current.range)))
            eat()
        }
        guard take(keyword: .using) else {
            throw unsupported(
                "a directory in a format of Hive (STORED AS, ROW FORMAT, or none) is", hint: "say which: USING parquet")
        }
        let format = try parseFormat()
        if take(keyword: .options) { options += try parseOptions() }
        try checkKeys(of: options)
        guard options.contains(where: { $0.key.text.lowercased() == "path" }) else {
            throw SQLDiagnostic(
                "there is no path", at: place, hint: "INSERT OVERWRITE DIRECTORY '/data/out' USING parquet SELECT ...")
        }
        let query = try parseQuery()
        return SyntaxDirectoryInsert(place: place, format: format, options: options, query: query.with(common))
    }
}
