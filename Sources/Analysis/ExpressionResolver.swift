// Names to columns, words to functions, and the casts that Spark would insert.

import Columns
import Functions
import LogicalPlan
import SourceText

/// Resolves expressions against the columns that one step's input has.
struct ExpressionResolver {
    let scope: Scope
    let analysis: PlanAnalysis
    /// What the columns of the select list may be named by.
    var outputs = OutputNames()
    /// The window of time that the rows are in, where one is known.
    var knownWindow: TimeWindowColumn?
    /// The windows of the WINDOW clause.
    var windows: [String: WindowSpecification] = [:]
    /// The parameters of the lambdas around this expression, the innermost first.
    var variables: [(name: String, value: ResolvedExpression)] = []
    /// What queries inside can name, where it isn't the scope: behind grouping sets any column may be NULL.
    var queryScope: Scope?
    /// The queries of the SELECT so far.
    var queries: QueryMemory?
    /// Whether this is the call of a window, whose arguments may hold aggregates.
    var isWindowCall = false

    func resolve(_ expression: Expression) throws(PlanError) -> ResolvedExpression {
        switch expression {
        case .column(let parts): return try column(parts)
        case .literal(.timestampNTZ(let local), .timestamp):
            return .literal(.timestamp(analysis.zone.instant(local: local)), .timestamp)
        case .literal(let value, let type): return .literal(value, type)
        case .star:
            throw PlanError(
                "INVALID_USAGE_OF_STAR_OR_REGEX", "a star stands for several columns and has no value here",
                expression: expression.text, hint: "use it alone in a select, or in count(*)")
        case .cast(let operand, let type, let isTry):
            return try cast(try resolve(operand), to: type, isTry: isTry, expression)
        case .unary(.not, let operand):
            let value = try coerce(try resolve(operand), to: .boolean, expression)
            return ResolvedExpression(.not(value), type: .boolean, isNullable: value.isNullable)
        case .unary(let operation, let operand): return try sign(operation, try resolve(operand), expression)
        case .binary(let operation, let left, let right):
            return try binary(operation, try resolve(left), try resolve(right), expression)
        case .isNull(let operand, let isNegated):
            return ResolvedExpression(
                .isNull(try resolve(operand), isNegated: isNegated), type: .boolean, isNullable: false)
        case .inList(let operand, let values):
            return try inList(operand, expression.hasStars ? try columns(for: values, of: nil) : values, expression)
        case .between(let value, let low, let high): return try between(value, low, high, expression)
        case .likeSeveral(let function, let value, let patterns, let needsAll, let isNegated):
            return try likeSeveral(
                function, value, patterns, needsAll: needsAll, isNegated: isNegated, expression)
        case .caseWhen(let operand, let branches, let otherwise):
            return try caseWhen(operand, branches, otherwise, expression)
        case .function(let name, let arguments, let isDistinct, let filter, let ignoresNulls):
            if expression.hasStars { return try resolve(try spelledOut(expression)) }
            if let ignoresNulls {
                return try pick(
                    name, arguments, isDistinct: isDistinct, filter: filter, ignoresNulls: ignoresNulls, expression)
            }
            return try function(name, arguments, isDistinct: isDistinct, filter: filter, expression)
        case .element(let base, let index): return try element(try resolve(base), try resolve(index), expression)
        case .field(let base, let name): return try field(try resolve(base), name, expression)
        case .alias(let operand, _), .aliases(let operand, _): return try resolve(operand)
        case .argument(let name, _):
            throw PlanError(
                "NAMED_PARAMETERS_NOT_SUPPORTED", "\(name) => is no argument of a function here",
                expression: expression.text, hint: "give the arguments by their places")
        case .located(let place, let inner):
            do throws(PlanError) {
                return inner.isQuery ? try query(inner, at: place) : try resolve(inner)
            } catch {
                throw error.at(place)
            }
        case .row(let values):
            return try structure(expression.hasStars ? try columns(for: values, of: nil) : values, expression)
        case .resolved(let resolved, _, _): return resolved
        case .subquery(let plan): return try scalar(plan, expression)
        case .exists(let plan): return try exists(plan)
        case .inSubquery(let values, let plan): return try membership(values, plan, expression)
        case .over(let call, let window): return try over(call, window, expression)
        case .overNamed(let call, let name):
            return try over(call, WindowSpecification(base: name), expression)
        case .lambda:
            throw PlanError(
                "INVALID_LAMBDA_FUNCTION_CALL.NON_HIGHER_ORDER_FUNCTION",
                "a lambda stands where no function takes one", expression: expression.text)
        case .withinGroup(let call, let order): return try aggregate(call, withinGroup: order, expression)
        case .ordered:
            throw PlanError(
                "UNSUPPORTED_EXPR_FOR_OPERATOR", "a direction of sorting has no value", expression: expression.text,
                hint: "asc and desc belong into orderBy")
        }
    }

    // MARK: Columns and fields

    private func column(_ parts: [String]) throws(PlanError) -> ResolvedExpression {
        if let variable = variables.first(where: { $0.name.lowercased() == parts[0].lowercased() }) {
            var result = variable.value
            for part in parts.dropFirst() { result = try field(result, part, .column(parts)) }
            return result
        }
        if outputs.comeFirst, parts.count == 1, let output = try outputs.named(parts) { return output }
        let (found, fields) = scope.candidates(parts)
        guard let first = found.first else { return try columnFromElsewhere(parts) }
        try requireOne(found, parts)
        var result = first.column.expression
        for part in fields { result = try field(result, part, .column(parts)) }
        return result
    }

    func requireOne(_ found: [ScopedColumn], _ parts: [String]) throws(PlanError) {
        guard found.count > 1 else { return }
        throw PlanError(
            "AMBIGUOUS_REFERENCE",
            "the reference `\(parts.joined(separator: "`.`"))` is ambiguous, it could be "
                + found.map(\.quoted).joined(separator: ", "),
            expression: parts.joined(separator: "."),
            hint: found.contains { $0.qualifier != nil }
                ? "put the qualifier before the name" : "rename all but one of them with AS")
    }

    /// What a name means that is none of a column of the input: a column of the select list, one of the queries around
    /// this one, or a function that goes without parentheses.
    private func columnFromElsewhere(_ parts: [String]) throws(PlanError) -> ResolvedExpression {
        if let output = try outputs.named(Array(parts.prefix(1))) {
            var result = output
            for part in parts.dropFirst() { result = try field(result, part, .column(parts)) }
            return result
        }
        for outer in analysis.outer {
            let (found, fields) = outer.candidates(parts)
            guard let first = found.first else { continue }
            try requireOne(found, parts)
            var result = first.column.expression
            for part in fields { result = try field(result, part, .column(parts)) }
            return result
        }
        if parts.count == 1, ExpressionResolver.bareFunctions.contains(parts[0].lowercased()) {
            return try function(parts[0], [], isDistinct: false, filter: nil, .column(parts))
        }
        throw unresolved(parts)
    }

    static let bareFunctions: Set<String> = [
        "current_date", "current_time", "current_timestamp", "localtime", "localtimestamp", "current_timezone",
    ]

    /// The nearest name as a hint, where one is near.
    static func didYouMean(_ written: String, among names: [String]) -> String? {
        Spelling.nearest(to: written, among: names).map { "did you mean `\($0)`?" }
    }

    func unresolved(_ parts: [String], in scope: Scope? = nil) -> PlanError {
        let scope = scope ?? self.scope
        let names = scope.columns.map(\.column.name)
        let near = scope.near(parts, limit: 3).map { scoped in
            names.filter { $0 == scoped.column.name }.count > 1 ? scoped.quoted : "`\(scoped.column.name)`"
        }
        var hint = near.isEmpty ? "" : "did you mean \(near.joined(separator: " or "))? "
        hint +=
            names.isEmpty
            ? "there are no columns"
            : "columns: \(names.prefix(20).joined(separator: ", "))" + (names.count > 20 ? ", ..." : "")
        return PlanError(
            names.isEmpty ? "UNRESOLVED_COLUMN.WITHOUT_SUGGESTION" : "UNRESOLVED_COLUMN.WITH_SUGGESTION",
            "a column with the name `\(parts.joined(separator: "`.`"))` cannot be resolved",
            expression: parts.joined(separator: "."), hint: hint)
    }

    func field(
        _ base: ResolvedExpression, _ name: String, _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        switch base.type {
        case .array(.structure, let containsNull):
            // The field of each element.
            let element = elementType(of: base.type)
            let use = ResolvedExpression(.shared(outward: 0), type: element, isNullable: containsNull)
            let body = try field(use, name, whole)
            let call = LambdaCall(.transform, values: [base], lambdas: [.init(count: 1, body)])
            return ResolvedExpression(
                .lambda(call), type: .array(body.type, containsNull: body.isNullable), isNullable: base.isNullable)
        case .map(.string, _, _): return try self.element(base, .literal(.string(name), .string), whole)
        default: break
        }
        guard case .structure(let fields) = base.type else {
            throw PlanError(
                "INVALID_EXTRACT_BASE_FIELD_TYPE", "\(base.type) has no fields", expression: whole.text,
                hint: "only a STRUCT has fields")
        }
        let found = Schema(fields).indices(named: name)
        guard let index = found.first else {
            throw PlanError(
                "FIELD_NOT_FOUND", "there is no field `\(name)` in \(base.type)", expression: whole.text,
                hint: Self.didYouMean(name, among: fields.map(\.name)))
        }
        guard found.count == 1 else {
            throw PlanError(
                "AMBIGUOUS_REFERENCE_TO_FIELDS", "`\(name)` could be \(found.count) fields", expression: whole.text)
        }
        return ResolvedExpression(
            .field(base, index: index, name: fields[index].name), type: fields[index].type,
            isNullable: base.isNullable || fields[index].isNullable)
    }

    private func elementType(of array: DataType) -> DataType {
        if case .array(let element, _) = array { element } else { .null }
    }

    private func element(
        _ base: ResolvedExpression, _ index: ResolvedExpression, _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        switch (base.type, index.literalValue) {
        case (.map, _): return try bind(FunctionTable.elementOperator, [base, index], whole)
        case (.null, _): return base
        case (.structure, .string(let name)?), (.array(.structure, _), .string(let name)?):
            return try field(base, name, whole)
        default: break
        }
        guard case .array = base.type else {
            throw PlanError(
                "INVALID_EXTRACT_BASE_FIELD_TYPE", "\(base.type) has no elements", expression: whole.text,
                hint: "only an ARRAY or a MAP is indexed with [ ]")
        }
        guard index.type.isIntegral || index.type == .null else {
            throw mismatch(
                "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
                "the index of an array must be an integer and is \(index.type)", whole)
        }
        return try bind(FunctionTable.elementOperator, [base, index], whole)
    }

    // MARK: Casts

    /// The function that gives what a cast doesn't.
    private static func functionInPlace(of from: DataType, to: DataType) -> String? {
        if from == .date, to.isNumeric { return "unix_date gives the days since 1970" }
        if from.isNumeric, to == .date { return "date_from_unix_date takes the days since 1970" }
        return nil
    }

    func cast(
        _ operand: ResolvedExpression, to type: DataType, isTry: Bool, _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        if operand.type.isTime, type == .timestamp || type == .timestampNTZ {
            return try timestampOfToday(operand, type, whole)
        }
        guard TypeCoercion.canCast(operand.type, to: type) else {
            let hint = Self.functionInPlace(of: operand.type, to: type)
            let isLegacy = TypeCoercion.isCastOfLegacyMode(operand.type, to: type)
            let code =
                switch (hint != nil || isLegacy && type.isNested, isLegacy && !isTry) {
                case (true, _): "DATATYPE_MISMATCH.CAST_WITH_FUNC_SUGGESTION"
                case (false, true): "DATATYPE_MISMATCH.CAST_WITH_CONF_SUGGESTION"
                case (false, false): "DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION"
                }
            throw mismatch(
                code, "\(operand.type) cannot be cast to \(type)", whole,
                hint: hint ?? (isLegacy ? "only Spark without ANSI mode has this cast" : nil))
        }
        if operand.type == type { return operand }
        return ResolvedExpression(
            .cast(operand, isTry: isTry), type: type,
            isNullable: isTry || operand.isNullable || operand.type.isFractional && type.isDecimal)
    }

    /// A cast that Spark inserts by itself; the types are known to fit.
    func implicitCast(_ operand: ResolvedExpression, to type: DataType) -> ResolvedExpression {
        operand.implicitlyCast(to: type)
    }

    /// The operand as a type that a place asks for, by the implicit casts that ANSI mode allows.
    func coerce(
        _ operand: ResolvedExpression, to type: DataType, _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        if operand.type == type || operand.type == .null { return implicitCast(operand, to: type) }
        let isAllowed: Bool
        switch (operand.type, type) {
        case (.string, _): isAllowed = TypeCoercion.canCast(.string, to: type)
        case (_, .string): isAllowed = TypeCoercion.canCast(operand.type, to: .string) && operand.type.isAtomic
        case (let from, let to) where from.isNumeric && to.isNumeric:
            isAllowed = TypeCoercion.commonType(from, to) == to
        case (.date, .timestamp), (.date, .timestampNTZ), (.timestampNTZ, .timestamp): isAllowed = true
        default: isAllowed = false
        }
        guard isAllowed else {
            throw mismatch("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", "expected \(type), found \(operand.type)", whole)
        }
        return implicitCast(operand, to: type)
    }

    /// All operands as the one type that they have in common.
    func coerceTogether(
        _ operands: [ResolvedExpression], _ whole: Expression, condition: String = "DATATYPE_MISMATCH.DATA_DIFF_TYPES",
        isComparison: Bool = false
    ) throws(PlanError) -> [ResolvedExpression] {
        var type: DataType = .null
        for operand in operands {
            let wider =
                isComparison
                ? TypeCoercion.comparedType(type, operand.type) : TypeCoercion.commonType(type, operand.type)
            guard let wider else {
                throw mismatch(condition, "\(type) and \(operand.type) have no type in common", whole)
            }
            type = wider
        }
        return operands.map { implicitCast($0, to: type) }
    }

    /// The error of types that do not fit; `condition` is what Spark calls the case.
    func mismatch(
        _ condition: String, _ message: String, _ whole: Expression, hint: String? = nil
    ) -> PlanError {
        PlanError(condition, message, expression: whole.text, hint: hint ?? "write a CAST")
    }

    // MARK: Branches and lists

    private func inList(
        _ operand: Expression, _ values: [Expression], _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        if case .row(let parts) = operand.unlocated { return try rowInList(parts, values, whole) }
        var all = [try resolve(operand)]
        for value in values { all.append(try resolve(value)) }
        all = try coerceTogether(try padded(all), whole, isComparison: true)
        try requireOrdered(all[0].type, whole)
        return ResolvedExpression(
            .inList(all[0], Array(all.dropFirst())), type: .boolean, isNullable: all.contains { $0.isNullable })
    }

    /// `(a, b) IN ((1, 2), (3, 4))`: equal as structures are, where NULL equals NULL, and without casts of parts.
    private func rowInList(
        _ operand: [Expression], _ values: [Expression], _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        var parts: [ResolvedExpression] = []
        for part in operand { parts.append(try resolve(part)) }
        var result: ResolvedExpression?
        for value in values {
            guard case .row(let others) = value.unlocated, others.count == parts.count else {
                throw rowMismatch(whole)
            }
            for (part, other) in zip(parts, others) {
                let resolved = try resolve(other)
                guard resolved.type == part.type || resolved.type == .null || part.type == .null else {
                    throw rowMismatch(whole)
                }
            }
            var equal: [ResolvedExpression] = []
            for (part, other) in zip(parts, others) {
                equal.append(try compare(.nullSafeEqual, part, try resolve(other), whole))
            }
            guard let one = ResolvedExpression.all(equal) else { preconditionFailure("a row has values") }
            result =
                try result.map { (left) throws(PlanError) in try binary(.or, left, one, whole) } ?? one
        }
        // Stars that stand for no column leave an empty list, which has no row.
        return result ?? .literal(.boolean(false), .boolean)
    }

    private func rowMismatch(_ whole: Expression) -> PlanError {
        PlanError(
            "DATATYPE_MISMATCH.DATA_DIFF_TYPES", "the rows on both sides of IN must have the same types",
            expression: whole.text, hint: "write a CAST for the values inside")
    }

    private func between(
        _ value: Expression, _ low: Expression, _ high: Expression, _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        let (low, high) = (try resolve(low), try resolve(high))
        return try .sharing(try resolve(value)) { (value) throws(PlanError) in
            try binary(
                .and, try compare(.greaterOrEqual, value, low, whole), try compare(.lessOrEqual, value, high, whole),
                whole)
        }
    }

    private func likeSeveral(
        _ function: String, _ value: Expression, _ patterns: [Expression], needsAll: Bool, isNegated: Bool,
        _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        guard let definition = FunctionTable.definition(function) else {
            preconditionFailure("the table has no \(function)")
        }
        var resolved: [ResolvedExpression] = []
        for pattern in patterns { resolved.append(try resolve(pattern)) }
        return try .sharing(try resolve(value)) { (value) throws(PlanError) in
            var result: ResolvedExpression?
            for pattern in resolved {
                var test = try bind(definition, [value, pattern], whole)
                if isNegated { test = ResolvedExpression(.not(test), type: .boolean, isNullable: test.isNullable) }
                result =
                    try result.map { (left) throws(PlanError) in
                        try binary(needsAll ? .and : .or, left, test, whole)
                    } ?? test
            }
            guard let result else { preconditionFailure("there is a pattern") }
            return result
        }
    }

    private func caseWhen(
        _ operand: Expression?, _ branches: [Expression.Branch], _ otherwise: Expression?, _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        var resolved: [(condition: ResolvedExpression, result: ResolvedExpression)] = []
        for branch in branches {
            let condition = try resolve(branch.condition)
            // As in Spark, where a condition that is NULL has to say that it is a BOOLEAN; if() takes one without.
            guard operand != nil || condition.type != .null else {
                throw mismatch("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", "expected BOOLEAN, found VOID", whole)
            }
            resolved.append((condition, try resolve(branch.result)))
        }
        var last: ResolvedExpression?
        if let otherwise { last = try resolve(otherwise) }
        guard let operand else { return try caseWhen(resolved, last, whole) }
        return try .sharing(try resolve(operand)) { (operand) throws(PlanError) in
            var compared = resolved
            for place in resolved.indices {
                let sides = try padded([operand, resolved[place].condition])
                compared[place].condition = try compare(.equal, sides[0], sides[1], whole)
            }
            return try caseWhen(compared, last, whole)
        }
    }

    func caseWhen(
        _ branches: [(condition: ResolvedExpression, result: ResolvedExpression)], _ otherwise: ResolvedExpression?,
        _ whole: Expression
    ) throws(PlanError) -> ResolvedExpression {
        var conditions: [ResolvedExpression] = []
        for branch in branches {
            // Elsewhere a text is cast; a condition must be one.
            guard branch.condition.type != .string else {
                throw mismatch("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", "expected BOOLEAN, found STRING", whole)
            }
            conditions.append(try coerce(branch.condition, to: .boolean, whole))
        }
        var results = branches.map(\.result)
        if let otherwise { results.append(otherwise) }
        results = try coerceTogether(results, whole)
        let resolved = zip(conditions, results).map { ResolvedExpression.Branch(condition: $0, result: $1) }
        return ResolvedExpression(
            .caseWhen(resolved, otherwise: otherwise == nil ? nil : results.last), type: results[0].type,
            isNullable: otherwise == nil || results.contains { $0.isNullable })
    }
}

extension ResolvedExpression {
    /// The value as a type that it fits, by the cast that Spark inserts by itself.
    func implicitlyCast(to type: DataType) -> ResolvedExpression {
        if self.type == type { return self }
        if literalValue == .null { return .literal(.null, type) }
        return ResolvedExpression(
            .cast(self, isTry: false), type: type,
            isNullable: isNullable || self.type.isFractional && type.isDecimal)
    }
}
