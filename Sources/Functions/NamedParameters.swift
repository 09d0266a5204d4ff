// The functions whose parameters have names, as in `mask(str => s, upperChar => 'Q')`.

/// Names of parameters: those that Spark takes.
package enum NamedParameters {
    /// The names of a function's parameters in their order; `nil` where they have none. The name is in lower case.
    package static func names(of function: String) -> [String]? {
        switch function {
        case "mask": ["str", "upperChar", "lowerChar", "digitChar", "otherChar"]
        case "explode", "explode_outer", "posexplode", "posexplode_outer": ["collection"]
        case "inline", "inline_outer": ["input"]
        default: nil
        }
    }
}
