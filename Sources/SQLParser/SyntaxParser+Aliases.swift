// Names without AS: when a keyword is one.

import SourceText

extension SyntaxParser {
    /// Takes the name that stands behind an expression without AS, if one does.
    ///
    /// A keyword is a name unless what follows it makes it go on with the query, as in Spark: in
    /// `SELECT id order FROM t` ORDER is a name, in `SELECT id FROM t ORDER BY id` it isn't.
    mutating func takeAlias() -> String? {
        switch current.kind {
        case .quotedName(let name):
            eat()
            return name
        case .word(let name):
            if let keyword = current.keyword, continuesQuery(keyword) { return nil }
            eat()
            return name
        default: return nil
        }
    }

    /// Takes the name that stands behind a relation with or without AS, if one does.
    mutating func takeTableAlias() throws(SQLDiagnostic) -> String? {
        let hasAs = at(keyword: .as)
        // AS at the end is a name like any other keyword.
        if hasAs, peek().kind != .end { eat() }
        if let keyword = current.keyword, keyword != .as {
            if keyword.isNoTableAlias {
                if hasAs { throw unexpected("a name after AS", hint: "put it between back-ticks") }
                return nil
            }
            if !hasAs, continuesQuery(keyword) || continuesFrom(keyword) { return nil }
        }
        if hasAs { return try expectName("a name after AS") }
        return takeAlias()
    }

    /// Whether the keyword at the current token goes on with the query that it stands in.
    private func continuesQuery(_ keyword: Keyword) -> Bool {
        let next = peek()
        switch keyword {
        case .as: return true
        case .group, .order, .sort, .cluster, .distribute: return next.keyword == .by
        case .from: return relationStarts(1)
        case .where, .having, .qualify, .limit, .offset, .for, .on: return operandStarts(1)
        case .union, .except, .intersect, .minus: return queryOperandStarts(1)
        case .window: return isName(next) && peek(2).keyword == .as
        case .lateral: return next.keyword == .view
        case .delay: return next.keyword == .of
        default: return false
        }
    }

    /// Whether the keyword at the current token goes on with the FROM that it stands in.
    private func continuesFrom(_ keyword: Keyword) -> Bool {
        let next = peek()
        switch keyword {
        case .pivot, .with, .tablesample: return next.kind == .symbol(.leftParenthesis)
        case .unpivot:
            return next.kind == .symbol(.leftParenthesis) || next.keyword == .include || next.keyword == .exclude
        case .watermark, .select: return operandStarts(1)
        default: return false
        }
    }

    private func isName(_ token: Token) -> Bool {
        switch token.kind {
        case .word, .quotedName: true
        default: false
        }
    }

    /// Whether a relation may start `ahead` tokens from here.
    private func relationStarts(_ ahead: Int) -> Bool {
        let token = peek(ahead)
        if token.keyword == .from { return !relationStarts(ahead + 1) }
        return isName(token) || token.kind == .symbol(.leftParenthesis)
    }

    /// Whether the right side of UNION or the like may start `ahead` tokens from here.
    private func queryOperandStarts(_ ahead: Int) -> Bool {
        switch peek(ahead).keyword {
        case .all, .distinct, .select, .values, .table, .with: true
        case .from: relationStarts(ahead + 1)
        default: peek(ahead).kind == .symbol(.leftParenthesis)
        }
    }

    /// Whether an expression may start `ahead` tokens from here; a keyword that goes on with a query starts none,
    /// unless it is a name there.
    private func operandStarts(_ ahead: Int) -> Bool {
        let token = peek(ahead)
        switch token.kind {
        case .end: return false
        case .symbol(let symbol): return symbol.startsOperand
        case .string, .number, .quotedName: return true
        case .word:
            guard let keyword = token.keyword, keyword.startsClause else { return true }
            let next = peek(ahead + 1)
            switch next.kind {
            case .symbol(.comma), .symbol(.rightParenthesis), .symbol(.semicolon): return false
            case .symbol: return true
            default: return next.keyword?.isInfix == true
            }
        }
    }

    /// Whether a window stands `ahead` tokens from here, behind OVER.
    func windowStarts(_ ahead: Int) -> Bool {
        let token = peek(ahead)
        if token.kind == .symbol(.leftParenthesis) { return true }
        return isName(token) && token.keyword?.startsClause != true && token.keyword != .as
    }
}

extension Symbol {
    /// Whether an expression may begin with it.
    fileprivate var startsOperand: Bool {
        switch self {
        case .leftParenthesis, .plus, .minus, .star, .tilde, .exclamation, .question, .colon: true
        default: false
        }
    }
}

extension Keyword {
    /// Whether it stands between an operand and another one.
    fileprivate var isInfix: Bool {
        switch self {
        case .and, .or, .is, .in, .between, .like, .ilike, .rlike, .regexp, .not, .div: true
        default: false
        }
    }

    /// Whether a relation can't have this name without back-ticks: Spark's strict words.
    fileprivate var isNoTableAlias: Bool {
        switch self {
        case .anti, .cross, .except, .full, .inner, .intersect, .join, .lateral, .left, .minus, .natural, .on, .right,
            .semi, .union, .using:
            true
        default: false
        }
    }

    /// Whether a clause of a query or a join begins with it.
    fileprivate var startsClause: Bool {
        switch self {
        case .from, .where, .group, .having, .qualify, .order, .limit, .offset, .window, .pivot, .unpivot, .select,
            .sort, .cluster, .distribute:
            true
        default: isNoTableAlias
        }
    }
}
