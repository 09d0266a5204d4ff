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
        let temporary = current.range
        let isTemporary = take(oneOf: .temp, .temporary) != nil
        let external = current.range
        let isExternal = take(keyword: .external)
        switch take(oneOf: .table, .view) {
        case .table:
            let table = try parseTableDefinition(replaces: replaces)
            if isTemporary { try checkTemporary(table, at: temporary) }
            if isExternal, !table.options.contains(where: { $0.key.text.lowercased() == "path" }) {
                throw refused("CREATE EXTERNAL TABLE must be accompanied by LOCATION", at: external)
            }
            return .createTable(table)
        case .view where !isExternal: return try parseView(replaces: replaces, isTemporary: isTemporary)
        case .view: throw SQLDiagnostic("a view can't be EXTERNAL", at: external, hint: "leave EXTERNAL out")
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

    /// What Spark refuses in these words.
    private func refused(_ operation: String, at range: TextRange) -> SQLDiagnostic {
        SQLDiagnostic(code: "UNSUPPORTED_FEATURE", "operation not allowed: \(operation)", at: range)
    }

    /// As in Spark a temporary table is a view on files or topics by another name.
    private func checkTemporary(_ table: SyntaxTableDefinition, at range: TextRange) throws(SQLDiagnostic) {
        if table.ifNotExists { throw refused("CREATE TEMPORARY TABLE IF NOT EXISTS", at: range) }
        guard table.format == nil || table.query != nil else { return }
        throw refused(
            "CREATE TEMPORARY TABLE ...\(table.query == nil ? "" : " AS ..."), use CREATE TEMPORARY VIEW instead",
            at: range)
    }

    private mutating func takeIfNotExists() throws(SQLDiagnostic) -> Bool {
        guard at(keywords: .if, .not) else { return false }
        eat()
        eat()
        try expect(keyword: .exists)
        return true
    }

    // MARK: Tables

    /// `(name type, ...)`, where there are any.
    private mutating func parseColumns() throws(SQLDiagnostic) -> [SyntaxField] {
        guard take(symbol: .leftParenthesis) else { return [] }
        let columns = try parseSchema()
        try checkNames(of: columns, "column")
        guard take(symbol: .rightParenthesis) else { throw unexpected("',' or ')'") }
        return columns
    }

    /// `name [(columns)] USING format`, clauses in any order (`OPTIONS (...)`, `LOCATION 'path'`, `COMMENT 'text'`,
    /// `PARTITIONED BY (a, b)`, `TBLPROPERTIES (...)`), `[AS query]`.
    private mutating func parseTableDefinition(replaces: Bool) throws(SQLDiagnostic) -> SyntaxTableDefinition {
        let ifNotExists = try takeIfNotExists()
        let name = try parseTableName()
        let columns = try parseColumns()
        var format: SyntaxWord?
        if take(keyword: .using) { format = try parseFormat() }
        var options: [SyntaxOption] = []
        var properties: [SyntaxOption] = []
        var partitionedBy: [SyntaxWord] = []
        var comment: String?
        var seen: Set<Keyword> = []
        clauses: while let keyword = current.keyword {
            switch keyword {
            case .options:
                try checkFirst(keyword, &seen)
                eat()
                options += try parseOptions()
            case .location:
                try checkFirst(keyword, &seen)
                let place = current.range
                eat()
                let valuePlace = current.range
                let path = try expectString("a path in quotes")
                options.append(
                    SyntaxOption(
                        key: SyntaxWord(text: "path", range: place), value: SyntaxWord(text: path, range: valuePlace)))
            case .comment:
                try checkFirst(keyword, &seen)
                eat()
                comment = try expectString("the comment in quotes")
            case .tblproperties:
                try checkFirst(keyword, &seen)
                eat()
                properties = try parseOptions()
            case .partitioned:
                try checkFirst(keyword, &seen)
                eat()
                partitionedBy = try parsePartitionColumns()
            case .clustered, .cluster:
                throw unsupported("\(keyword.text) BY is", hint: "files are divided by PARTITIONED BY alone")
            default: break clauses
            }
        }
        try checkKeys(of: options)
        var query: SyntaxQuery?
        if take(keyword: .as) || startsQuery(0) { query = try parseQuery() }
        return SyntaxTableDefinition(
            name: name, columns: columns, format: format, options: options, partitionedBy: partitionedBy,
            properties: properties, comment: comment, query: query, replaces: replaces, ifNotExists: ifNotExists)
    }

    /// `BY (a, b)`: names of columns.
    private mutating func parsePartitionColumns() throws(SQLDiagnostic) -> [SyntaxWord] {
        try expect(keyword: .by)
        try expect(symbol: .leftParenthesis)
        let columns = try list { (parser) throws(SQLDiagnostic) in
            let place = parser.current.range
            return SyntaxWord(text: try parser.expectName("the name of a column"), range: place)
        }
        guard take(symbol: .rightParenthesis) else {
            throw unexpected("',' or ')'", hint: "name columns of the table: their types stand there")
        }
        return columns
    }

    /// Refuses a clause that stands there a second time.
    private func checkFirst(_ clause: Keyword, _ seen: inout Set<Keyword>) throws(SQLDiagnostic) {
        guard !seen.insert(clause).inserted else { return }
        throw SQLDiagnostic(
            code: "DUPLICATE_CLAUSES", "found duplicate clauses: \(clause.text)", at: current.range,
            hint: "remove one of them")
    }

    /// Refuses two columns, or two fields of a structure, of one name: the case of letters makes no difference.
    private func checkNames(of fields: [SyntaxField], _ what: String) throws(SQLDiagnostic) {
        var seen: Set<String> = []
        for field in fields {
            guard seen.insert(field.name.lowercased()).inserted else {
                throw SQLDiagnostic(
                    code: "COLUMN_ALREADY_EXISTS", "the \(what) \(shortened(field.name)) already exists",
                    at: field.range, hint: "choose another name")
            }
            try checkNames(in: field.type)
        }
    }

    private func checkNames(in type: SyntaxType) throws(SQLDiagnostic) {
        switch type.kind {
        case .array(let element): try checkNames(in: element)
        case .map(let key, let value):
            try checkNames(in: key)
            try checkNames(in: value)
        case .structure(let fields): try checkNames(of: fields, "field")
        default: break
        }
    }

    /// Refuses a key that stands there twice: LOCATION is the key `path`.
    func checkKeys(of options: [SyntaxOption]) throws(SQLDiagnostic) {
        var seen: Set<String> = []
        for option in options where !seen.insert(option.key.text.lowercased()).inserted {
            throw SQLDiagnostic(
                code: "DUPLICATE_KEY", "found duplicate keys: \(shortened(option.key.text))", at: option.key.range,
                hint: "give it once")
        }
    }

    mutating func parseFormat() throws(SQLDiagnostic) -> SyntaxWord {
        let start = current.range
        let parts = try parseParts("a format such as kafka or json")
        return SyntaxWord(text: parts.joined(separator: "."), range: start.to(previous.range))
    }

    /// `(key 'value', key = 'value', key)`.
    mutating func parseOptions() throws(SQLDiagnostic) -> [SyntaxOption] {
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
        try checkKeys(of: options)
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
        if isTemporary,
            at(keyword: .using)
                || at(symbol: .leftParenthesis) && peek(closing(0) + 1).keyword == .using
        {
            return .createTable(try parseViewOnFormat(name, replaces: replaces))
        }
        var columns: [SyntaxViewColumn] = []
        if take(symbol: .leftParenthesis) {
            columns = try list { (parser) throws(SQLDiagnostic) in
                let name = try parser.expectName("the name of a column")
                let hasComment = parser.take(keyword: .comment)
                return SyntaxViewColumn(
                    name: name, comment: hasComment ? try parser.expectString("the comment in quotes") : nil)
            }
            try expect(symbol: .rightParenthesis)
        }
        var comment: String?
        var properties: [SyntaxOption] = []
        var seen: Set<Keyword> = []
        while let keyword = current.keyword, keyword == .comment || keyword == .tblproperties {
            try checkFirst(keyword, &seen)
            if keyword == .tblproperties, isTemporary {
                throw refused("TBLPROPERTIES can't coexist with CREATE TEMPORARY VIEW", at: current.range)
            }
            eat()
            if keyword == .comment {
                comment = try expectString("the comment in quotes")
            } else {
                properties = try parseOptions()
            }
        }
        try expect(keyword: .as, hint: "write: CREATE VIEW name AS SELECT ...")
        let query = try parseQuery()
        return .createView(
            SyntaxViewDefinition(
                name: name, columns: columns, comment: comment, properties: properties, query: query,
                isTemporary: isTemporary, replaces: replaces, ifNotExists: ifNotExists))
    }

    /// `CREATE TEMPORARY VIEW name [(columns)] USING format OPTIONS (...)`: a table by another name.
    private mutating func parseViewOnFormat(
        _ name: SyntaxName, replaces: Bool
    ) throws(SQLDiagnostic) -> SyntaxTableDefinition {
        let columns = try parseColumns()
        try expect(keyword: .using)
        let format = try parseFormat()
        let options = take(keyword: .options) ? try parseOptions() : []
        return SyntaxTableDefinition(
            name: name, columns: columns, format: format, options: options, partitionedBy: [], properties: [],
            comment: nil,
            query: nil, replaces: replaces, ifNotExists: false)
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
        var ofUser = false
        // SHOW ALL FUNCTIONS, SHOW USER FUNCTIONS: all are the system's.
        if peek().keyword == .functions, case .word(let scope) = current.kind {
            guard ["ALL", "SYSTEM", "USER"].contains(scope.uppercased()) else { throw unexpected("FUNCTIONS") }
            ofUser = scope.uppercased() == "USER"
            eat()
        }
        switch take(oneOf: .tables, .views, .functions) {
        case .tables: return .showTables(in: try parseSchemaName(), pattern: try parsePattern())
        case .views: return .showViews(in: try parseSchemaName(), pattern: try parsePattern())
        case .functions: return .showFunctions(pattern: try parsePattern(), ofUser: ofUser)
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

    /// `IN name` or `FROM name`, or nothing.
    private mutating func parseSchemaName() throws(SQLDiagnostic) -> SyntaxName? {
        guard take(oneOf: .in, .from) != nil else { return nil }
        let start = current.range
        let parts = try parseParts("the name of a schema")
        return SyntaxName(parts: parts, range: start.to(previous.range))
    }

    /// `LIKE 'pattern'` or `'pattern'`, or nothing.
    private mutating func parsePattern() throws(SQLDiagnostic) -> String? {
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
            if case .symbol(let symbol) = current.kind {
                eat()
                return .describeFunction(SyntaxWord(text: symbol.rawValue, range: start), isExtended: isExtended)
            }
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
