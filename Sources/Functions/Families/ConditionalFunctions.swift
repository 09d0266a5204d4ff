// NULL and choices.

import Columns

enum ConditionalFunctions {
    static let all: [FunctionDefinition] = [
        FunctionDefinition(
            "isnull", .conditional, "isnull(value)", "whether the value is NULL", 1...1,
            columnText: { "(\($0[0]) IS NULL)" }, is: .isNull(.argument(0), isNegated: false)),
        FunctionDefinition(
            "isnotnull", .conditional, "isnotnull(value)", "whether the value is not NULL", 1...1,
            columnText: { "(\($0[0]) IS NOT NULL)" }, is: .isNull(.argument(0), isNegated: true)),
        FunctionDefinition(
            "if", .conditional, "if(condition, value, other)", "the value where the condition is true, else the other",
            3...3, columnText: { "(IF(\($0.joined(separator: ", "))))" },
            is: .choose(.argument(0), then: .argument(1), otherwise: .argument(2))),
        FunctionDefinition(
            "nvl2", .conditional, "nvl2(value, then, other)", "then where the value is not NULL, else the other", 3...3,
            is: .choose(.isNull(.argument(0), isNegated: true), then: .argument(1), otherwise: .argument(2))),
        FunctionDefinition(
            "nullif", .conditional, "nullif(value, other)", "NULL where both are equal, else the value", 2...2,
            is: .choose(.comparison(.equal, .argument(0), .argument(1)), then: .null, otherwise: .argument(0))),
        FunctionDefinition(
            "nvl", aliases: ["ifnull"], .conditional, "nvl(value, other)", "the value, or the other where it is NULL",
            2...2, is: .call("coalesce", [.argument(0), .argument(1)])),
        FunctionDefinition(
            "nullifzero", .conditional, "nullifzero(number)", "NULL where the number is 0, else the number", 1...1,
            is: .choose(
                .comparison(.equal, .argument(0), .literal(.integer(0), .integer)), then: .null,
                otherwise: .argument(0))),
        FunctionDefinition(
            "zeroifnull", .conditional, "zeroifnull(number)", "the number, or 0 where it is NULL", 1...1,
            is: .call("coalesce", [.argument(0), .literal(.integer(0), .integer)])),
        FunctionDefinition(
            "between", .conditional, "between(value, low, high)", "whether the value lies between both, or is one",
            3...3,
            is: .and(
                .comparison(.greaterOrEqual, .argument(0), .argument(1)),
                .comparison(.lessOrEqual, .argument(0), .argument(2)))),
        FunctionDefinition(
            "equal_null", .conditional, "equal_null(value, other)", "whether both are equal or both NULL", 2...2,
            is: .comparison(.nullSafeEqual, .argument(0), .argument(1))),
        FunctionDefinition(
            "coalesce", .conditional, "coalesce(value, ...)", "the first value that isn't NULL", 1...Int.max, traits: []
        ) { (call) throws(FunctionError) in
            let type = try call.commonType()
            return .kernel(
                call.arguments.map { _ in type }, type, isNullable: call.arguments.allSatisfy { $0.isNullable },
                .firstValue)
        },
        extreme("greatest", "the largest of the values that aren't NULL", .greater),
        extreme("least", "the smallest of the values that aren't NULL", .less),
        FunctionDefinition(
            "nanvl", .conditional, "nanvl(number, other)", "the number, or the other where it is NaN", 2...2, traits: []
        ) { (call) throws(FunctionError) in
            let isFloat = call.type(0) == .float && [.float, .null].contains(call.type(1))
            let type: DataType = isFloat ? .float : .double
            return .rewrite(
                .choose(
                    .call("isnan", [.argument(0)]), then: .cast(.argument(1), type),
                    otherwise: .cast(.argument(0), type)))
        },
    ]

    private static func extreme(
        _ name: String, _ summary: String, _ wins: ComparisonOperator
    ) -> FunctionDefinition {
        FunctionDefinition(
            name, .conditional, "\(name)(value, value, ...)", summary, 2...Int.max, traits: []
        ) { (call) throws(FunctionError) in
            let type = try call.commonType()
            // Unlike in comparisons, texts and other types do not meet here.
            for index in call.arguments.indices {
                guard call.type(index) == .null || (call.type(index) == .string) == (type == .string) else {
                    throw FunctionError(
                        "DATATYPE_MISMATCH.DATA_DIFF_TYPES",
                        "the arguments of \(call.name) must have one type, found STRING among others",
                        hint: "write a CAST")
                }
            }
            guard type == .null || SortKeyEncoder.canEncode(type) else {
                throw call.unexpected(0, "of a type that has an order")
            }
            return .kernel(
                call.arguments.map { _ in type }, type, isNullable: call.arguments.allSatisfy { $0.isNullable },
                .variadic { columns in
                    columns.dropFirst().reduce(columns[0]) { best, next in
                        let isBetter = BooleanKernels.or(
                            NullKernels.isNull(best), CompareKernel.compare(wins, next, best))
                        return ChooseKernel.choose(condition: isBetter, then: next, otherwise: best)
                    }
                })
        }
    }
}
