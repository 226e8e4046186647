// Package junit writes a ranking or a gate as JUnit XML, by the rules of Jenkins' junit-10.xsd (plugin
// xunit). A comparison is a test case: what harms or does not work is a failure, what is shown to be
// good enough is passed, and what is not decided is skipped, or a failure if that is asked for.
package junit
