// Package array makes the rows of designs that are smaller than every combination: covering arrays, two-level
// fractions and Plackett-Burman's arrays. It knows factors and levels by number only, and the same arguments always
// make the same rows.
//
// Place in the flow: matrix -> array.
package array
