// Elements in an order that is told from outside, for two elements at a time.

/// A merge sort of all arrays at once: it says which elements are to be compared next, two of each run that is being
/// merged, and goes on when it is told. Equal elements stay as they are.
package struct ListMerging {
    /// Two runs that become one: what is left of them, and where the next element goes.
    private struct Merge: BitwiseCopyable {
        var left: Int
        let leftEnd: Int
        var right: Int
        let rightEnd: Int
        var out: Int
    }

    private let lists: ListElements
    private let longest: Int
    /// The elements in runs of `width` that are in order, and what they are merged into.
    private var from: [Int32]
    private var into: [Int32]
    private var width = 1
    private var merges: [Merge] = []

    /// Begins with the elements as they are.
    package init(_ lists: ListElements) {
        self.lists = lists
        longest = lists.longest
        from = (0..<lists.count).map { Int32(truncatingIfNeeded: $0) }
        into = from
        begin()
    }

    /// The elements to be compared, those of the later run first; `nil` when all are in order.
    package func compared() -> (later: Selection, earlier: Selection)? {
        guard !merges.isEmpty else { return nil }
        let (later, earlier) = (Buffer(capacity: merges.count * 4), Buffer(capacity: merges.count * 4))
        let (a, b) = (later.pointer(as: Int32.self), earlier.pointer(as: Int32.self))
        for index in merges.indices {
            a[index] = from[merges[index].right]
            b[index] = from[merges[index].left]
        }
        return (Selection(indices: later, count: merges.count), Selection(indices: earlier, count: merges.count))
    }

    /// Goes on with how the elements of `compared` stand to each other: the later one comes first where its number, an
    /// INT that is not NULL, is below 0.
    package mutating func take(_ orders: ColumnVector) {
        let numbers = orders.slots(as: Int32.self)
        var open = 0
        for index in merges.indices {
            var merge = merges[index]
            if numbers[index] < 0 {
                into[merge.out] = from[merge.right]
                merge.right += 1
            } else {
                into[merge.out] = from[merge.left]
                merge.left += 1
            }
            merge.out += 1
            if merge.left < merge.leftEnd, merge.right < merge.rightEnd {
                merges[open] = merge
                open += 1
                continue
            }
            // One run has ended: the other one follows as it is.
            for place in merge.left..<merge.leftEnd {
                into[merge.out] = from[place]
                merge.out += 1
            }
            for place in merge.right..<merge.rightEnd {
                into[merge.out] = from[place]
                merge.out += 1
            }
        }
        merges.removeLast(merges.count - open)
        guard merges.isEmpty else { return }
        from = into
        width *= 2
        begin()
    }

    /// All elements in the order so far, those of each array side by side.
    package var order: Selection { Selection(from) }

    private mutating func begin() {
        guard width < longest else { return }
        lists.eachRun { first, last in
            var place = first
            while last - place > width {
                let (middle, end) = (place + width, min(place + 2 * width, last))
                merges.append(Merge(left: place, leftEnd: middle, right: middle, rightEnd: end, out: place))
                place = end
            }
        }
    }
}
