export { default } from "virtual:emoji-ru";
