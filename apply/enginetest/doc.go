// Package enginetest has the scripts run by a real PowerShell, which is no part of this
// project: the kit that the environment variable VNETTUNE_PWSH names (a folder with the
// program pskit). It needs python3 and wine; `make test-extern` runs it where they are, and
// without them its tests are skipped, but those that read what it recorded under testdata.
//
// A state is what a Windows has: objects of CIM, connections, refusals. Each script runs as
// it is sent, in each state; its answer goes through apply's own decoders and is compared
// with what the state implies.
package enginetest
