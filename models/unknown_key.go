package models

// UnknownKey stands in the place of the source where calls are counted that brought
// a key that nobody has. No source can be called so, since it has a blank.
const UnknownKey = "unknown key"
