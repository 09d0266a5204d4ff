// Waiting until any of several partitions has messages, without turning in circles.

import CRdKafka

#if canImport(Glibc)
import Glibc
#elseif canImport(Darwin)
import Darwin
#endif

/// Wakes one thread when any of its partition queues gets a message.
///
/// librdkafka writes to a pipe when a queue was empty and is not any more. One signal serves one thread; a queue
/// belongs to one signal at a time.
package final class QueueSignal: @unchecked Sendable {
    // SAFETY: both descriptors are set once; the pipe itself is thread-safe.
    private let readEnd: Int32
    private let writeEnd: Int32
    private var queues: [PartitionQueue] = []

    package init() throws(KafkaError) {
        var ends: [Int32] = [-1, -1]
        guard pipe(&ends) == 0 else {
            throw KafkaError(
                code: .failed, message: "a pipe could not be made: errno \(errno)", hint: "raise ulimit -n")
        }
        readEnd = ends[0]
        writeEnd = ends[1]
        for descriptor in ends {
            _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
        }
    }

    deinit {
        watch([])
        close(readEnd)
        close(writeEnd)
    }

    /// Waits for these queues from now on, and for no others.
    package func watch(_ queues: [PartitionQueue]) {
        for queue in self.queues { queue.enableEvents(descriptor: -1, payload: "", count: 0) }
        self.queues = queues
        for queue in queues {
            queue.enableEvents(descriptor: writeEnd, payload: "!", count: 1)
        }
    }

    /// Wakes the waiting thread, from any thread; used to stop it.
    package func wake() { _ = write(writeEnd, "!", 1) }

    /// Returns as soon as a watched queue has messages, `wake` was called or the time is over; true but for the last.
    @discardableResult
    package func wait(timeoutMilliseconds: Int) -> Bool {
        // Emptied first: a message that arrives after this is signalled again, one before it is seen below.
        let woken = drain()
        if woken || queues.contains(where: \.hasMessages) { return true }
        var request = pollfd(fd: readEnd, events: Int16(POLLIN), revents: 0)
        guard poll(&request, 1, Int32(clamping: timeoutMilliseconds)) > 0 else { return false }
        drain()
        return true
    }

    /// Empties the pipe; whether there was something in it.
    @discardableResult
    private func drain() -> Bool {
        var found = false
        withUnsafeTemporaryAllocation(byteCount: 256, alignment: 1) { buffer in
            while read(readEnd, buffer.baseAddress, buffer.count) > 0 { found = true }
        }
        return found
    }
}
