// Operators by precedence, loosest first: OR, AND, NOT, predicates, comparisons, bits, sums, products, signs.

import SourceText

extension SyntaxParser {
    mutating func parseNamedExpressions() throws(SQLDiagnostic) -> [SyntaxExpression] {
        try list { (parser) throws(SQLDiagnostic) in try parser.parseNamedExpression() }
    }

    /// `expression [[AS] name]`.
    mutating func parseNamedExpression() throws(SQLDiagnostic) -> SyntaxExpression {
        try parseAlias(of: try parseExpression())
    }

    /// The name behind an expression, if there is one.
    mutating func parseAlias(of expression: SyntaxExpression) throws(SQLDiagnostic) -> SyntaxExpression {
        if take(keyword: .as) {
            if take(symbol: .leftParenthesis) {
                let names = try list { (parser) throws(SQLDiagnostic) in try parser.expectName("the name of a column") }
                try expect(symbol: .rightParenthesis)
                return try make(.aliases(expression, names: names), from: expression.range, over: [expression])
            }
            let name = try expectName("a name after AS")
            return try make(.alias(expression, name: name), from: expression.range, over: [expression])
        }
        guard let name = takeAlias() else { return expression }
        return try make(.alias(expression, name: name), from: expression.range, over: [expression])
    }

    /// One expression without alias.
    mutating func parseExpression() throws(SQLDiagnostic) -> SyntaxExpression {
        try enter()
        defer { leave() }
        return try parseOr()
    }

    private mutating func parseOr() throws(SQLDiagnostic) -> SyntaxExpression {
        var left = try parseAnd()
        while take(keyword: .or) {
            let right = try parseAnd()
            left = try binary(.or, left, right)
        }
        return left
    }

    private mutating func parseAnd() throws(SQLDiagnostic) -> SyntaxExpression {
        var left = try parseNot()
        while take(keyword: .and) {
            let right = try parseNot()
            left = try binary(.and, left, right)
        }
        return left
    }

    private mutating func parseNot() throws(SQLDiagnostic) -> SyntaxExpression {
        let start = current.range
        guard take(keyword: .not) || take(symbol: .exclamation) else { return try parsePredicate() }
        try enter()
        defer { leave() }
        let operand = try parseNot()
        return try make(.unary(.not, operand), from: start, over: [operand])
    }

    /// Both sides and what is between; called when the right side has been read, which is where the range ends.
    private func binary(
        _ operation: SyntaxBinaryOperator, _ left: SyntaxExpression, _ right: SyntaxExpression
    ) throws(SQLDiagnostic) -> SyntaxExpression {
        try make(.binary(operation, left, right), from: left.range, over: [left, right])
    }

    // MARK: Binary operators

    /// An operator, how strongly it binds (all group to the left), and how many tokens it takes.
    private struct Infix {
        let operation: SyntaxBinaryOperator
        let strength: Int
        var tokens = 1

        init(_ operation: SyntaxBinaryOperator, _ strength: Int) {
            self.operation = operation
            self.strength = strength
        }
    }

    private static let infixes: [Symbol: Infix] = [
        .equal: Infix(.equal, 0), .doubleEqual: Infix(.equal, 0), .notEqual: Infix(.notEqual, 0),
        .exclamationEqual: Infix(.notEqual, 0), .less: Infix(.less, 0), .lessOrEqual: Infix(.lessOrEqual, 0),
        .notGreater: Infix(.lessOrEqual, 0), .greater: Infix(.greater, 0),
        .greaterOrEqual: Infix(.greaterOrEqual, 0), .notLess: Infix(.greaterOrEqual, 0),
        .nullSafeEqual: Infix(.nullSafeEqual, 0),
        .bar: Infix(.bitwiseOr, 1), .caret: Infix(.bitwiseXor, 2), .ampersand: Infix(.bitwiseAnd, 3),
        .shiftLeft: Infix(.shiftLeft, 4),
        .plus: Infix(.add, 5), .minus: Infix(.subtract, 5), .doubleBar: Infix(.concatenate, 5),
        .star: Infix(.multiply, 6), .slash: Infix(.divide, 6), .percent: Infix(.remainder, 6),
    ]

    /// The operator at the current token. `>` `>` side by side are one shift.
    private var currentInfix: Infix? {
        switch current.kind {
        case .symbol(.greater):
            var count = 1
            while count < 3, peek(count).kind == .symbol(.greater),
                peek(count).range.start == current.range.start + count
            {
                count += 1
            }
            guard count > 1 else { return SyntaxParser.infixes[.greater] }
            var shift = Infix(count == 2 ? .shiftRight : .shiftRightUnsigned, 4)
            shift.tokens = count
            return shift
        case .symbol(let symbol): return SyntaxParser.infixes[symbol]
        case .word where at(keyword: .div): return Infix(.integralDivide, 6)
        default: return nil
        }
    }

    /// Operands joined by operators that bind at least as strongly as `minimum`.
    mutating func parseOperators(minimum: Int = 0) throws(SQLDiagnostic) -> SyntaxExpression {
        var left = try parseUnary()
        while let infix = currentInfix, infix.strength >= minimum {
            for _ in 0..<infix.tokens { eat() }
            let right = try parseOperators(minimum: infix.strength + 1)
            left = try binary(infix.operation, left, right)
        }
        return left
    }

    private mutating func parseUnary() throws(SQLDiagnostic) -> SyntaxExpression {
        let start = current.range
        let operation: SyntaxUnaryOperator
        switch current.kind {
        case .symbol(.minus): operation = .minus
        case .symbol(.plus): operation = .plus
        case .symbol(.tilde): operation = .bitwiseNot
        default: return try parsePostfix(of: try parsePrimary())
        }
        if operation == .minus, case .number(let number) = peek().kind {
            // The sign belongs to the number, so that the smallest INT can be written.
            eat()
            let literal = try parseNumber(number, isNegative: true)
            eat()
            return try parsePostfix(of: try make(.literal(literal), from: start, over: []))
        }
        eat()
        try enter()
        defer { leave() }
        let operand = try parseUnary()
        return try make(.unary(operation, operand), from: start, over: [operand])
    }

    /// `a[i]`, `a.b` and `a::type` behind a value, any number of them.
    private mutating func parsePostfix(of primary: SyntaxExpression) throws(SQLDiagnostic) -> SyntaxExpression {
        var base = primary
        while true {
            if take(symbol: .leftBracket) {
                let index = try parseExpression()
                try expect(symbol: .rightBracket)
                base = try make(.element(base, index: index), from: base.range, over: [base, index])
            } else if take(symbol: .dot) {
                let name = try expectName("the name of a field")
                base = try make(.field(base, name: name), from: base.range, over: [base])
            } else if take(symbol: .doubleColon) {
                let type = try parseType()
                base = try make(.cast(base, type, isTry: false), from: base.range, over: [base])
            } else if take(symbol: .colon) {
                let steps = try parsePathSteps()
                base = try make(.within(base, steps), from: base.range, over: [base])
            } else {
                return base
            }
        }
    }

    /// What stands behind the colon of `v:a.b[0]['c']`.
    private mutating func parsePathSteps() throws(SQLDiagnostic) -> [SyntaxPathStep] {
        var steps: [SyntaxPathStep] = []
        if !at(symbol: .leftBracket) { steps.append(.name(try expectName("the name of a field behind ':'"))) }
        while true {
            if take(symbol: .leftBracket) {
                switch current.kind {
                case .string(let name): steps.append(.text(name))
                case .number(let number) where number.form == .integer: steps.append(.index(number.text))
                default: throw unexpected("the name of a field in quotes, or the number of an element")
                }
                eat()
                try expect(symbol: .rightBracket)
            } else if take(symbol: .dot) {
                steps.append(.name(try expectName("the name of a field behind '.'")))
            } else {
                return steps
            }
        }
    }
}
