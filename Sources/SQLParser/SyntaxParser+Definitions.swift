// CREATE, DROP, SHOW and DESCRIBE.

import SourceText

extension SyntaxParser {
    mutating func parseCreate() throws(SQLDiagnostic) -> SyntaxStatement.Kind {
        eat()
        var replaces = false
        if at(keywords: .or, .replace) {
            eat()
            eat()
            replaces = true
        }
        if at(keyword: .global) { throw unsupported("GLOBAL TEMPORARY is", hint: "use CREATE TEMPORARY VIEW") }
        let isTemporary = take(oneOf: .temp, .temporary) != nil
        if at(keyword: .external) { eat() }
        switch take(oneOf: .table, .view) {
        case .table: return .createTable(try parseTableDefinition(replaces: replaces))
        case .view: return try parseView(replaces: replaces, isTemporary: isTemporary)
        default:
            if case .word(let word) = current.kind {
                let what = word.uppercased()
                let known = [
                    "DATABASE", "SCHEMA", "NAMESPACE", "FUNCTION", "INDEX", "MATERIALIZED", "STREAMING", "ROLE",
                ]
                if known.contains(what) { throw unsupported("CREATE \(what) is") }
            }
            throw unexpected("TABLE or VIEW")
        }
    }

    private mutating func takeIfNotExists() throws(SQLDiagnostic) -> Bool {
        guard at(keywords: .if, .not) else { return false }
        eat()
        eat()
        try expect(keyword: .exists)
        return true
    }

    // MARK: Tables

    /// `name [(columns)] USING format [OPTIONS (...)] [LOCATION 'path'] [COMMENT 'text'] [AS query]`.
    private mutating func parseTableDefinition(replaces: Bool) throws(SQLDiagnostic) -> SyntaxTableDefinition {
        let ifNotExists = try takeIfNotExists()
        let name = try parseTableName()
        var columns: [SyntaxField] = []
        if take(symbol: .leftParenthesis) {
            columns = try parseSchema()
            guard take(symbol: .rightParenthesis) else { throw unexpected("',' or ')'") }
        }
        var format: SyntaxWord?
        if take(keyword: .using) { format = try parseFormat() }
        var options: [SyntaxOption] = []
        var comment: String?
        clauses: while let keyword = current.keyword {
            switch keyword {
            case .options:
                eat()
                options += try parseOptions()
            case .location:
                let place = current.range
                eat()
                let valuePlace = current.range
                let path = try expectString("a path in quotes")
                options.append(
                    SyntaxOption(
                        key: SyntaxWord(text: "path", range: place), value: SyntaxWord(text: path, range: valuePlace)))
            case .comment:
                eat()
                comment = try expectString("the comment in quotes")
            case .tblproperties:
                eat()
                _ = try parseOptions()
            case .partitioned, .clustered, .cluster:
                throw unsupported("\(keyword.text) BY is", hint: "tables are not divided into folders here")
            default: break clauses
            }
        }
        var query: SyntaxQuery?
        if take(keyword: .as) || startsQuery(0) { query = try parseQuery() }
        return SyntaxTableDefinition(
            name: name, columns: columns, format: format, options: options, comment: comment, query: query,
            replaces: replaces, ifNotExists: ifNotExists)
    }

    private mutating func parseFormat() throws(SQLDiagnostic) -> SyntaxWord {
        let start = current.range
        let parts = try parseParts("a format such as kafka or json")
        return SyntaxWord(text: parts.joined(separator: "."), range: start.to(previous.range))
    }

    /// `(key 'value', key = 'value', key)`.
    private mutating func parseOptions() throws(SQLDiagnostic) -> [SyntaxOption] {
        try expect(symbol: .leftParenthesis)
        let options = try list { (parser) throws(SQLDiagnostic) in
            let key = try parser.parseKey()
            let hasEqual = parser.take(symbol: .equal)
            if !hasEqual, parser.at(symbol: .comma) || parser.at(symbol: .rightParenthesis) {
                return SyntaxOption(key: key, value: SyntaxWord(text: "", range: key.range))
            }
            return SyntaxOption(key: key, value: try parser.parseOptionValue())
        }
        guard take(symbol: .rightParenthesis) else { throw unexpected("',' or ')'") }
        return options
    }

    private mutating func parseOptionValue() throws(SQLDiagnostic) -> SyntaxWord {
        let start = current.range
        let sign = take(symbol: .minus) ? "-" : ""
        switch current.kind {
        case .string(let text) where sign.isEmpty:
            eat()
            return SyntaxWord(text: text, range: start)
        case .number(let number):
            eat()
            return SyntaxWord(text: sign + number.digits, range: start.to(previous.range))
        case .word(let word) where sign.isEmpty && (current.keyword == .true || current.keyword == .false):
            eat()
            return SyntaxWord(text: word.lowercased(), range: start)
        default: throw unexpected("a value in quotes")
        }
    }

    // MARK: Views

    private mutating func parseView(
        replaces: Bool, isTemporary: Bool
    ) throws(SQLDiagnostic) -> SyntaxStatement.Kind {
        let ifNotExists = try takeIfNotExists()
        let name = try parseTableName()
        if at(keyword: .using), isTemporary { return .createTable(try parseViewOnFormat(name, replaces: replaces)) }
        var columns: [String] = []
        if take(symbol: .leftParenthesis) {
            columns = try list { (parser) throws(SQLDiagnostic) in
                let column = try parser.expectName("the name of a column")
                if parser.take(keyword: .comment) { _ = try parser.expectString("the comment in quotes") }
                return column
            }
            try expect(symbol: .rightParenthesis)
            if at(keyword: .using), isTemporary {
                throw unexpected("AS", hint: "give the types: CREATE TABLE name (...)")
            }
        }
        var comment: String?
        while let keyword = take(oneOf: .comment, .tblproperties) {
            if keyword == .comment {
                comment = try expectString("the comment in quotes")
            } else {
                _ = try parseOptions()
            }
        }
        try expect(keyword: .as, hint: "write: CREATE VIEW name AS SELECT ...")
        let query = try parseQuery()
        return .createView(
            SyntaxViewDefinition(
                name: name, columns: columns, comment: comment, query: query, isTemporary: isTemporary,
                replaces: replaces, ifNotExists: ifNotExists))
    }

    /// `CREATE TEMPORARY VIEW name USING format OPTIONS (...)`: a table by another name.
    private mutating func parseViewOnFormat(
        _ name: SyntaxName, replaces: Bool
    ) throws(SQLDiagnostic) -> SyntaxTableDefinition {
        eat()
        let format = try parseFormat()
        let options = take(keyword: .options) ? try parseOptions() : []
        return SyntaxTableDefinition(
            name: name, columns: [], format: format, options: options, comment: nil, query: nil, replaces: replaces,
            ifNotExists: false)
    }

    mutating func parseDrop() throws(SQLDiagnostic) -> SyntaxStatement.Kind {
        eat()
        _ = take(oneOf: .temp, .temporary)
        guard let what = take(oneOf: .table, .view) else { throw unexpected("TABLE or VIEW") }
        var ifExists = false
        if at(keywords: .if, .exists) {
            eat()
            eat()
            ifExists = true
        }
        return .drop(try parseTableName(), isView: what == .view, ifExists: ifExists)
    }

    // MARK: What is there

    mutating func parseShow() throws(SQLDiagnostic) -> SyntaxStatement.Kind {
        eat()
        // SHOW ALL FUNCTIONS, SHOW USER FUNCTIONS: all are the system's.
        if peek().keyword == .functions, case .word(let scope) = current.kind {
            guard ["ALL", "SYSTEM", "USER"].contains(scope.uppercased()) else { throw unexpected("FUNCTIONS") }
            eat()
        }
        switch take(oneOf: .tables, .views, .functions) {
        case .tables: return .showTables(pattern: try parsePattern())
        case .views: return .showViews(pattern: try parsePattern())
        case .functions: return .showFunctions(pattern: try parsePattern())
        default:
            if case .word(let word) = current.kind {
                let what = word.uppercased()
                let known = ["COLUMNS", "CREATE", "DATABASES", "SCHEMAS", "PARTITIONS", "TBLPROPERTIES", "CATALOGS"]
                if known.contains(what) {
                    throw unsupported("SHOW \(what) is", hint: "try SHOW TABLES or DESCRIBE name")
                }
            }
            throw unexpected("TABLES, VIEWS or FUNCTIONS")
        }
    }

    /// `LIKE 'pattern'` or `'pattern'`, or nothing.
    private mutating func parsePattern() throws(SQLDiagnostic) -> String? {
        if at(keyword: .in) || at(keyword: .from) { throw unsupported("databases are") }
        if take(keyword: .like) { return try expectString("a pattern in quotes") }
        guard current.isString else { return nil }
        return try expectString("a pattern in quotes")
    }

    mutating func parseDescribe() throws(SQLDiagnostic) -> SyntaxStatement.Kind {
        eat()
        if at(keyword: .function), peek().kind != .end, peek().kind != .symbol(.semicolon) {
            eat()
            let isExtended = peek().kind != .end && take(keyword: .extended)
            let start = current.range
            let parts = try parseParts("the name of a function")
            let name = SyntaxWord(text: parts.joined(separator: "."), range: start.to(previous.range))
            return .describeFunction(name, isExtended: isExtended)
        }
        if at(keyword: .query), peek().kind == .symbol(.leftParenthesis) || startsQuery(1) { eat() }
        if startsQuery(0), !at(keyword: .table) || at(symbol: .leftParenthesis) {
            return .describeQuery(try parseQuery())
        }
        if at(symbol: .leftParenthesis) { return .describeQuery(try parseQuery()) }
        if at(keyword: .table), peek().kind != .end, peek().kind != .symbol(.semicolon) { eat() }
        let isExtended =
            peek().kind != .end && peek().kind != .symbol(.semicolon) && take(oneOf: .extended, .formatted) != nil
        return .describeTable(try parseTableName(), isExtended: isExtended)
    }
}
