-- The default lets the release that is still live, which knows no notes, go on inserting.
ALTER TABLE bookings
  ADD COLUMN note text NOT NULL DEFAULT '' CHECK (char_length(note) <= 500);
