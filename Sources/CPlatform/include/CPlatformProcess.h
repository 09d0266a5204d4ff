// What a process asks of the system for itself: its processors, its signals.
#pragma once

/// How many processors the calling thread may run on; 0 where the system doesn't say.
int platform_allowed_processors(void);

/// From now on SIGTERM, SIGINT and SIGHUP write a byte each, the signal's number, into a pipe instead of ending the
/// process; SIGHUP only if it isn't ignored, as under nohup. Works as process 1, too. To be called once.
///
/// Returns the pipe's reading end, or -1 where the system refuses it.
int platform_watch_termination(void);

/// Lets the calling thread take these signals; the others keep theirs for threads that do.
void platform_take_termination(int takes);
