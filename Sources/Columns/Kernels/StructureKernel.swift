// Fields of structures.

/// Fields of structures.
package enum StructureKernel {
    /// A field of each row's structure; NULL where the structure is.
    package static func field(_ column: ColumnVector, _ index: Int) -> ColumnVector {
        let child = column.children[index]
        guard column.nullCount > 0 else { return child }
        return ChooseKernel.choose(
            condition: NullKernels.isNotNull(column), then: child,
            otherwise: NullKernels.nulls(type: child.type, count: child.count))
    }
}
