// Functions that take lambdas: a body is evaluated once for the elements of all rows of a batch.

import Columns
import Functions
import LogicalPlan

/// A call of a function that takes lambdas.
struct LambdaNode: ExpressionNode {
    private let function: LambdaFunction
    private let values: [any ExpressionNode]
    private let bodies: [any ExpressionNode]
    /// Whether the first lambda asks for the places of elements, too.
    private let takesPlaces: Bool
    private let type: DataType

    init(_ call: LambdaCall, type: DataType) throws {
        function = call.function
        values = try call.values.map { try ExpressionCompiler.compile($0) }
        bodies = try call.lambdas.map { try ExpressionCompiler.compile($0.body) }
        takesPlaces = call.lambdas[0].count == 2
        self.type = type
    }

    var kernelMayRaise: Bool { function == .transformKeys || function == .arraySort }

    var mayRaise: Bool { kernelMayRaise || (values + bodies).contains { $0.mayRaise } }

    func evaluate(_ rows: BatchView, _ context: BatchContext) throws(KernelError) -> ColumnVector {
        let first = try values[0].evaluate(rows, context).materialized()
        guard rows.count > 0 else { return NullKernels.nulls(type: type, count: 0) }
        switch function {
        case .aggregate: return try foldPresent(first, rows, context)
        case .arraySort: return try sorted(first, rows, context)
        case .zipWith:
            let (lists, x, y) = ListElements.zipped(first, try values[1].evaluate(rows, context).materialized())
            return lists.lists(of: [try body([x, y], lists, rows, context)], type: type)
        case .transform, .filter, .exists, .forall:
            let lists = ListElements(first)
            var parameters = lists.children
            if takesPlaces { parameters.append(lists.places()) }
            let made = try body(parameters, lists, rows, context)
            switch function {
            case .filter: return lists.kept(made)
            case .exists: return lists.any(made, is: true)
            case .forall: return lists.any(made, is: false)
            default: return lists.lists(of: [made], type: type)
            }
        case .mapZipWith:
            let other = try values[1].evaluate(rows, context).materialized()
            let (lists, keys, x, y) = MapKernels.zipped(first, other)
            return lists.lists(of: [keys, try body([keys, x, y], lists, rows, context)], type: type)
        case .transformKeys:
            let lists = ListElements(first)
            let keys = try body(lists.children, lists, rows, context)
            let maps = lists.lists(of: [keys, lists.children[1]], type: type)
            try ListSetKernels.requireKeys(maps)
            return maps
        case .transformValues, .mapFilter:
            let lists = ListElements(first)
            let made = try body(lists.children, lists, rows, context)
            return function == .mapFilter ? lists.kept(made) : lists.lists(of: [lists.children[0], made], type: type)
        }
    }

    /// What the first lambda makes of all elements.
    private func body(
        _ parameters: [ColumnVector], _ lists: ListElements, _ rows: BatchView, _ context: BatchContext
    ) throws(KernelError) -> ColumnVector {
        let elements = parameters.reduce(rows.selecting(lists.rows())) { $0.sharing($1.materialized()) }
        return try bodies[0].evaluate(elements, context).materialized()
    }

    /// The arrays in the order that the lambda tells of two elements: what is to be compared next in all arrays is
    /// compared at once.
    private func sorted(
        _ arrays: ColumnVector, _ rows: BatchView, _ context: BatchContext
    ) throws(KernelError) -> ColumnVector {
        let lists = ListElements(arrays)
        let elements = lists.children[0]
        let rowsOfElements = lists.rows()
        var merging = ListMerging(lists)
        while let (later, earlier) = merging.compared() {
            let view = rows.selecting(rowsOfElements.picking(later))
                .sharing(TakeKernel.take(elements, later)).sharing(TakeKernel.take(elements, earlier))
            let orders = try bodies[0].evaluate(view, context).materialized()
            guard orders.nullCount == 0 else {
                throw KernelError(
                    code: "COMPARATOR_RETURNS_NULL",
                    message: "the lambda of array_sort has given NULL for two elements",
                    hint: "give a number below 0, 0 or one above for any two, NULLs included")
            }
            merging.take(orders)
        }
        return lists.lists(of: [TakeKernel.take(elements, merging.order)], type: type)
    }

    // MARK: Folding

    /// Folds the arrays that are there: nothing is evaluated for rows without one.
    private func foldPresent(
        _ arrays: ColumnVector, _ rows: BatchView, _ context: BatchContext
    ) throws(KernelError) -> ColumnVector {
        guard arrays.nullCount > 0 else { return try fold(arrays, rows, context) }
        let isThere = NullKernels.isNotNull(arrays)
        let present = BooleanKernels.selection(of: isThere)
        guard present.count > 0 else { return NullKernels.nulls(type: type, count: rows.count) }
        let absent = BooleanKernels.selection(of: BooleanKernels.not(isThere))
        let folded = try fold(TakeKernel.take(arrays, present), rows.selecting(present), context)
        return InterleaveKernel.interleave(
            folded, at: present, NullKernels.nulls(type: type, count: absent.count), at: absent)
    }

    /// Merges the first elements of all arrays at once, then the second ones, and so on; rows whose arrays have ended
    /// are put aside.
    private func fold(
        _ arrays: ColumnVector, _ rows: BatchView, _ context: BatchContext
    ) throws(KernelError) -> ColumnVector {
        let lists = ListElements(arrays)
        var sum = try values[1].evaluate(rows, context).materialized()
        var active = Selection.all(rows.count)
        var view = rows
        var parts: [ColumnVector] = []
        let placeOf = Buffer(capacity: rows.count * 4)
        let places = placeOf.pointer(as: Int32.self)
        var done = 0
        func putAside(_ ended: Selection) {
            parts.append(TakeKernel.take(sum, ended))
            let (from, picked) = (active.pointer, ended.pointer)
            for index in 0..<ended.count {
                places[Int(from[Int(picked[index])])] = Int32(truncatingIfNeeded: done &+ index)
            }
            done += ended.count
        }
        for place in 0..<lists.longest {
            let (standing, over, elements) = lists.elements(at: place, of: active)
            if over.count > 0 {
                putAside(over)
                active = active.picking(standing)
                sum = TakeKernel.take(sum, standing)
                view = rows.selecting(active)
            }
            let element = TakeKernel.take(lists.children[0], elements)
            sum = try bodies[0].evaluate(view.sharing(sum).sharing(element), context).materialized()
        }
        putAside(Selection.all(active.count))
        var result = TakeKernel.take(
            ConcatKernel.concat(columns: parts), Selection(indices: placeOf, count: rows.count))
        if bodies.count > 1 { result = try bodies[1].evaluate(rows.sharing(result), context).materialized() }
        return result
    }
}

extension Selection {
    /// The first `count` rows.
    fileprivate static func all(_ count: Int) -> Selection {
        let indices = Buffer(capacity: count * 4)
        let out = indices.pointer(as: Int32.self)
        for row in 0..<count { out[row] = Int32(truncatingIfNeeded: row) }
        return Selection(indices: indices, count: count)
    }

    /// Those of these rows that stand at some places.
    fileprivate func picking(_ places: Selection) -> Selection {
        let indices = Buffer(capacity: places.count * 4)
        let out = indices.pointer(as: Int32.self)
        let (from, picked) = (pointer, places.pointer)
        for index in 0..<places.count { out[index] = from[Int(picked[index])] }
        return Selection(indices: indices, count: places.count)
    }
}
