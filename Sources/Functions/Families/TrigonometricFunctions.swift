// Angles and their functions.

import Columns

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

enum TrigonometricFunctions {
    static let all: [FunctionDefinition] = [
        angle("sin", "the sine", { sin($0) }), angle("cos", "the cosine", { cos($0) }),
        angle("tan", "the tangent", { tan($0) }), angle("cot", "the cotangent", { 1 / tan($0) }),
        angle("sec", "the secant", { 1 / cos($0) }), angle("csc", "the cosecant", { 1 / sin($0) }),
        angle("asin", "the arc sine", { asin($0) }), angle("acos", "the arc cosine", { acos($0) }),
        angle("atan", "the arc tangent", { atan($0) }),
        angle("sinh", "the hyperbolic sine", { sinh($0) }), angle("cosh", "the hyperbolic cosine", { cosh($0) }),
        angle("tanh", "the hyperbolic tangent", { tanh($0) }),
        angle("asinh", "the inverse hyperbolic sine", { asinh($0) }),
        angle("acosh", "the inverse hyperbolic cosine", { acosh($0) }),
        angle("atanh", "the inverse hyperbolic tangent", { atanh($0) }),
        angle("degrees", "radians as degrees", { $0 * (180 / .pi) }),
        angle("radians", "degrees as radians", { $0 * (.pi / 180) }),
        FunctionDefinition(
            "atan2", .math, "atan2(y, x)", "the angle of the point (x, y)", [.double, .double], gives: .double,
            // Spark adds 0.0 to both, so that a negative zero counts as zero.
            NumberKernels.pairs { atan2($0 + 0.0, $1 + 0.0) }),
    ]

    private static func angle(
        _ name: String, _ summary: String, _ body: @escaping @Sendable (Double) -> Double
    ) -> FunctionDefinition {
        FunctionDefinition(
            name, .math, "\(name)(number)", summary, [.double], gives: .double, NumberKernels.doubles(body))
    }
}
