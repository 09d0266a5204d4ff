// Arrays of FLOAT as vectors.

import Columns

enum VectorFunctions {
    static let all: [FunctionDefinition] = [
        related("vector_inner_product", "the sum of the products of two vectors' elements", .innerProduct),
        related(
            "vector_cosine_similarity", "the cosine of the angle between two vectors, NULL where one has no length",
            .cosineSimilarity),
        related("vector_l2_distance", "the distance between the points that two vectors name", .distance),
        FunctionDefinition(
            "vector_norm", .collection, "vector_norm(vector [, degree])",
            "the length of a vector of FLOAT, by the degree 1.0, 2.0 or float('inf')", 1...2, defaults: [.float(2)],
            traits: [.isNullIntolerant, .mayRaise]
        ) { (call) throws(FunctionError) in
            let types = [try vector(call, 0), try degree(call)]
            return .kernel(
                types, .float, isNullable: true,
                .binary { (vectors, degrees) throws(KernelError) in try VectorKernels.lengths(vectors, degrees) })
        },
        FunctionDefinition(
            "vector_normalize", .collection, "vector_normalize(vector [, degree])",
            "a vector of FLOAT with the length 1, by the degree 1.0, 2.0 or float('inf')", 1...2,
            defaults: [.float(2)], traits: [.isNullIntolerant, .mayRaise]
        ) { (call) throws(FunctionError) in
            let types = [try vector(call, 0), try degree(call)]
            let result = DataType.array(.float, containsNull: false)
            return .kernel(
                types, result, isNullable: true,
                .binary { (vectors, degrees) throws(KernelError) in
                    try VectorKernels.normalized(vectors, degrees, result)
                })
        },
    ]

    private static func related(
        _ name: String, _ summary: String, _ relation: VectorKernels.Relation
    ) -> FunctionDefinition {
        FunctionDefinition(
            name, .collection, "\(name)(a, b)", summary, 2...2, traits: [.isNullIntolerant, .mayRaise]
        ) { (call) throws(FunctionError) in
            let types = [try vector(call, 0), try vector(call, 1)]
            return .kernel(
                types, .float, isNullable: true,
                .binary { (a, b) throws(KernelError) in try VectorKernels.related(relation, a, b, name: name) })
        }
    }

    private static func vector(_ call: FunctionCall, _ index: Int) throws(FunctionError) -> DataType {
        guard case .array(.float, _) = call.type(index) else { throw call.unexpected(index, "ARRAY<FLOAT>") }
        return call.type(index)
    }

    private static func degree(_ call: FunctionCall) throws(FunctionError) -> DataType {
        guard call.type(1) == .float else { throw call.unexpected(1, "FLOAT") }
        return .float
    }
}
