// Package tweak reads registry files as tweak pages publish them (FILE.reg) and says of each line
// which setting of the catalogue it is: what `vnettune import` makes a profile of. It stands behind
// cmd and imports the settings alone; it starts nothing and writes to no registry.
package tweak
