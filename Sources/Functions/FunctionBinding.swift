// A function and the types of its arguments: what a call is.

import Columns

/// An argument as a function sees it while a query is analysed.
package struct BoundArgument: Sendable {
    package let type: DataType
    package let isNullable: Bool
    /// The value of a constant; `nil` where it isn't known before rows are read.
    package let constant: Value?
    /// The name that it has as a column or by an alias.
    package let name: String?
    /// Whether the call leaves it out, and this is its default.
    package let isLeftOut: Bool

    package init(
        type: DataType, isNullable: Bool, constant: Value? = nil, name: String? = nil, isLeftOut: Bool = false
    ) {
        self.type = type
        self.isNullable = isNullable
        self.constant = constant
        self.name = name
        self.isLeftOut = isLeftOut
    }
}

/// What a call of a function turns out to be.
package enum FunctionBinding: Sendable {
    /// A function with a kernel; the arguments are cast to its argument types.
    case function(BoundFunction)
    /// Another expression over the same arguments.
    case rewrite(Rewrite)
}

/// A function for arguments of certain types: equal where name and types are.
package struct BoundFunction: Sendable {
    /// The function's name, in lower case.
    package let name: String
    /// The types that the kernel takes.
    package let argumentTypes: [DataType]
    package let type: DataType
    package let isNullable: Bool
    package let traits: FunctionTraits
    /// The session's time zone, where what the function gives depends on it and it isn't UTC.
    package let zone: TimeZone?
    package let kernel: ScalarKernel

    /// Creates a bound function.
    package init(
        _ name: String, _ argumentTypes: [DataType], _ type: DataType, isNullable: Bool, traits: FunctionTraits,
        zone: TimeZone? = nil, _ kernel: ScalarKernel
    ) {
        self.name = name
        self.argumentTypes = argumentTypes
        self.type = type
        self.isNullable = isNullable
        self.traits = traits
        self.zone = zone
        self.kernel = kernel
    }
}

extension BoundFunction: Hashable {
    package static func == (a: BoundFunction, b: BoundFunction) -> Bool {
        a.name == b.name && a.type == b.type && a.argumentTypes == b.argumentTypes && a.zone == b.zone
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(name)
        hasher.combine(type)
    }
}
