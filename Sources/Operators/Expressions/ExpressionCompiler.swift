// From resolved expressions to nodes, with the kernels of each operator and function.

import Columns
import Functions
import LogicalPlan

/// Compiles resolved expressions.
enum ExpressionCompiler {
    /// The node of an expression; a part without columns becomes a constant, unless it raises an error, which belongs
    /// to the rows.
    static func compile(_ expression: ResolvedExpression) throws -> any ExpressionNode {
        let node = TolerantNode.around(try makeNode(expression), type: expression.type)
        guard expression.isConstant, expression.literalValue == nil else { return node }
        let oneRow = RecordBatch(schema: Schema([]), columns: [], count: 1)
        let context = BatchContext(batchTimestampMicroseconds: 0)
        guard let column = try? node.evaluate(BatchView(oneRow), context) else { return node }
        guard let value = ConstantKernel.value(of: column) else {
            return ConstantColumnNode(one: column.materialized())
        }
        return ConstantNode(value: value, type: expression.type)
    }

    private static func makeNode(_ expression: ResolvedExpression) throws -> any ExpressionNode {
        let type = expression.type
        switch expression.kind {
        case .input(let index, _): return ColumnNode(index: index)
        case .column:
            throw PlanError(
                "INTERNAL", "a column has no place in the rows", expression: "\(expression)",
                hint: "please report it with the query")
        case .literal(let value): return ConstantNode(value: value, type: type)
        case .cast(let operand, let isTry): return try cast(operand, to: type, isTry: isTry)
        case .arithmetic(let operation, let left, let right):
            return try arithmetic(operation, left, right, resultType: type)
        case .comparison(let operation, let left, let right): return try comparison(operation, left, right)
        case .and(let left, let right):
            return ShortCircuitNode(left: try compile(left), right: try compile(right), isAnd: true)
        case .or(let left, let right):
            return ShortCircuitNode(left: try compile(left), right: try compile(right), isAnd: false)
        case .not(let operand):
            return UnaryNode(operand: try compile(operand), kernelMayRaise: false) { BooleanKernels.not($0) }
        case .negate(let operand):
            return UnaryNode(operand: try compile(operand)) { (column) throws(KernelError) in
                try ArithmeticKernel.negate(column)
            }
        case .isNull(let operand, let isNegated):
            return UnaryNode(operand: try compile(operand), kernelMayRaise: false) {
                isNegated ? NullKernels.isNotNull($0) : NullKernels.isNull($0)
            }
        case .inList(let operand, let values): return try inList(operand, values)
        case .caseWhen(let branches, let otherwise):
            return CaseNode(
                branches: try branches.map { branch in
                    CaseNode.Branch(condition: try compile(branch.condition), result: try compile(branch.result))
                },
                otherwise: try otherwise.map { try compile($0) }, type: type)
        case .function(let function, let arguments):
            return try FunctionCompiler.compile(function, arguments, expression)
        case .lambda(let call): return try LambdaNode(call, type: type)
        case .sharing(let value, let body): return SharingNode(value: try compile(value), body: try compile(body))
        case .shared(let outward): return SharedNode(outward: outward)
        case .field(let operand, let index, _):
            return UnaryNode(operand: try compile(operand), kernelMayRaise: false) { StructureKernel.field($0, index) }
        case .aggregate, .generator, .window, .subquery, .timeWindow:
            // The analyzer moves these into steps; where it has missed one, a query ends and not the process.
            throw PlanError(
                "INTERNAL", "this has no value of its own and was left in a list of columns",
                expression: "\(expression)", hint: "please report it with the query")
        }
    }

    private static func cast(
        _ operand: ResolvedExpression, to type: DataType, isTry: Bool
    ) throws -> any ExpressionNode {
        guard CastKernel.canCast(from: operand.type, to: type) else {
            throw PlanError(
                "DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION", "\(operand.type) can't be cast to \(type)",
                expression: "\(operand)")
        }
        if operand.type == .string, type == .timestamp {
            // A time alone is one of the day on which the batch started.
            return ContextualNode(operands: [try compile(operand)], kernelMayRaise: true) {
                (columns, _, context) throws(KernelError) in
                try CastKernel.timestamps(
                    columns[0], isTry: isTry, in: .utc, now: context.timestampMicroseconds)
            }
        }
        return UnaryNode(operand: try compile(operand)) { (column) throws(KernelError) in
            try CastKernel.cast(column, to: type, isTry: isTry)
        }
    }

    private static func arithmetic(
        _ operation: ArithmeticOperator, _ left: ResolvedExpression, _ right: ResolvedExpression, resultType: DataType
    ) throws -> any ExpressionNode {
        BinaryNode(left: try compile(left), right: try compile(right), takesConstants: true) {
            (a, b) throws(KernelError) in
            try ArithmeticKernel.apply(operation, a, b, resultType: resultType)
        }
    }

    private static func comparison(
        _ operation: ComparisonOperator, _ left: ResolvedExpression, _ right: ResolvedExpression
    ) throws -> any ExpressionNode {
        BinaryNode(left: try compile(left), right: try compile(right), kernelMayRaise: false, takesConstants: true) {
            CompareKernel.compare(operation, $0, $1)
        }
    }

    /// `x IN (a, b)` is `x = a OR x = b`, with the same NULLs; of constants a set is made once.
    private static func inList(
        _ operand: ResolvedExpression, _ values: [ResolvedExpression]
    ) throws -> any ExpressionNode {
        let first = try compile(operand)
        let others = try values.map { try compile($0) }
        let constants = others.compactMap { ($0 as? ConstantNode)?.value }
        if constants.count == others.count, let set = ValueSet(constants, type: operand.type) {
            return UnaryNode(operand: first, kernelMayRaise: false) { set.contains($0) }
        }
        return VariadicNode(operands: [first] + others, kernelMayRaise: false, takesConstants: true) { columns in
            guard columns.count > 1 else {
                return ConstantKernel.constant(.boolean(false), .boolean, count: columns[0].count)
            }
            var result = CompareKernel.compare(.equal, columns[0], columns[1])
            for value in columns.dropFirst(2) {
                result = BooleanKernels.or(result, CompareKernel.compare(.equal, columns[0], value))
            }
            return result
        }
    }
}
