// Package reg is reg.exe, in the form of Vista and later and in that of XP.
package reg
