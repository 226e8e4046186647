// Package scripts is powershell.exe without an interpreter: a script is known by its
// hash, and plays its documented contract. Known are the constant scripts of vnettune
// (CONTRACT.md beside them is all that is known of them) and those of Ansible's
// win_reboot; a script that only calls one program does so.
package scripts
